"""Cards: what each build is, what the machine is, and how the experiment was run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Pin, build_differences, settings_of
from harness.report.elements import Card
from harness.report.numbers import series
from harness.report.words import formatting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.analysis.results.experiment import Analysis
    from harness.model import Build, Machine, Variant
    from harness.model.worker_settings import Setting

__all__ = ["build_cards", "experiment_card", "machine_card"]

_MAX_FACT_LENGTH = 1200
_FREE_THREADED_DEFAULTS = "free-threaded builds set both by default, builds with the GIL neither"
_IMPLIED = ", as in every free-threaded build"
_OTHER_CONFIG = "not known: the configuration it comes with is that of another build"


def build_cards(analysis: Analysis) -> tuple[Card, ...]:
    """Return one card per variant: its build, and the environment it is run with."""
    places = series.slots(analysis)
    plan = analysis.manifest.plan
    baseline = plan.variant(plan.baseline)
    return tuple(
        _card(
            variant.label,
            _build_facts(variant, baseline),
            subtitle=_subtitle(variant, is_baseline=variant.label == baseline.label),
            slot=places[variant.label],
            warnings=_warnings(variant),
        )
        for variant in plan.variants
    )


def machine_card(analysis: Analysis) -> Card:
    """Return the machine by its public label; a redacted one has no host name."""
    machine = analysis.manifest.machine
    loads = analysis.load_1min
    facts = (
        ("Host", machine.host),
        ("Processor", machine.cpu_model),
        ("Usable", _cpus(machine)),
        ("Memory", formatting.bytes_size(machine.memory_bytes)),
        ("System", f"{machine.system} {machine.kernel}, {machine.architecture}"),
        ("C library", machine.libc),
        ("Frequency governor", machine.governor),
        ("Virtualization", machine.virtualization),
        ("Load before jobs", f"{min(loads):.1f} to {max(loads):.1f}" if loads else ""),
    )
    # Earlier manifests have the load before the run among the notes, which may be that of our own
    # builds: what disturbed the run is in its grade.
    notes = tuple(note for note in machine.notes if not note.startswith("The machine is busy:"))
    return _card("Machine", facts, subtitle=machine.label, warnings=notes)


def experiment_card(analysis: Analysis) -> Card:
    """Return how the numbers were made: order, seed, amounts and versions."""
    manifest, plan = analysis.manifest, analysis.manifest.plan
    blocks, values = (
        formatting.count(plan.preset.blocks, "block"),
        formatting.count(plan.preset.values, "value"),
    )
    most = "at most " if plan.has_stopping_rule else ""
    memory = formatting.count(plan.memory_blocks, "block")
    facts = (
        ("Preset", f"{plan.preset.name}: {most}{blocks} × {values}"),
        ("Time budget", formatting.duration(plan.time_budget_s) if plan.time_budget_s else ""),
        ("Precision wanted", f"±{plan.precision * 100:g}\u00a0%" if plan.precision else ""),
        ("Value lasts", f"at least {formatting.seconds_point(plan.preset.min_value_s)}"),
        ("Seed of the order", str(plan.seed)),
        ("Baseline", plan.baseline),
        ("Threads", ", ".join(map(str, plan.threads))),
        ("Threads pinned", _pinned(analysis)),
        ("Loops per value", _span({cell.loops for cell in analysis.cells})),
        ("Warm-ups per process", _span({cell.warmups for cell in analysis.cells})),
        ("Memory pass", f"{memory} more, which are not timed" if plan.memory_blocks else ""),
        *((setting.title.capitalize(), _setting(setting)) for setting in settings_of(plan)),
        # Only that it was chosen: where it is, is the user's own business.
        ("Files of workloads", "in a folder that was chosen" if plan.folder else ""),
        ("Took", formatting.duration(analysis.duration_s)),
        ("Measured processes", f"{formatting.duration(analysis.measured_s)} in all"),
        ("Workload sources", manifest.workloads_digest[:16]),
        ("Versions", ", ".join(f"{name} {version}" for name, version in manifest.versions)),
    )
    return _card("Experiment", facts, subtitle=manifest.id)


def _pinned(analysis: Analysis) -> str:
    """Return whether threads ran on CPUs of their own, and why not."""
    pinning, pin = analysis.pinning, analysis.manifest.plan.pin
    if pinning is None:
        return "no: measured before threads were pinned"
    if pin is Pin.NONE:
        return f"no, as asked (--pin {pin})"
    asked = f"(--pin {pin})"
    if not pinning.due:
        return f"no: there was never a CPU for each thread {asked}"
    where = "wherever there are as many CPUs as threads"
    if pinning.pinned == pinning.due:
        return f"each on a CPU of its own, {where} {asked}"
    processes = formatting.count(pinning.due, "process")
    why = "; ".join(f"{reason} ({count})" for reason, count in pinning.reasons)
    return f"in {pinning.pinned} of {processes} {asked}; not in others: {why}"


def _setting(setting: Setting) -> str:
    if setting.value is None:
        return ""
    text = str(setting)
    if isinstance(setting.value, float) and setting.unit == "s":
        text = formatting.seconds_round(setting.value)
    return f"{text}, asked of every build"


def _subtitle(variant: Variant, *, is_baseline: bool) -> str:
    build = variant.build
    name = build_differences.implementation(build)
    language = "" if build.python_version == build.version else f" (Python {build.python_version})"
    return f"{name} {build.version}{language}{', baseline' if is_baseline else ''}"


def _warnings(variant: Variant) -> Iterator[str]:
    build = variant.build
    if build.is_debug:
        yield "Debug build: its times say nothing about a release build"
    if build.implementation == "cpython" and build.has_own_config and not build.has_pgo:
        yield "Built without PGO: slower than builds people use"


def _build_facts(variant: Variant, baseline: Variant) -> tuple[tuple[str, str], ...]:
    build = variant.build
    return (
        ("GIL", _gil(variant)),
        ("JIT", _jit(variant)),
        ("Differs from the baseline in", _differences(variant, baseline)),
        ("Optimised with", build.optimisation if build.has_own_config else _OTHER_CONFIG),
        *_interpreter_facts(build),
        ("Thread flags", _runtime_flags(variant)),
        ("Compiler", build.compiler),
        ("C library", build.libc),
        ("Architecture", build.architecture),
        ("Revision", build.revision),
        ("Asked for as", variant.spec),
        ("Environment", " ".join(f"{name}={value}" for name, value in variant.environment)),
        ("Comes from", _origin(build)),
        ("Executable", build.path.removeprefix("…/")),
        ("Configured with", build.configure_args),
        ("Compiler flags", build.cflags),
        ("Missing modules", ", ".join(build.missing_modules)),
        ("Probe record", build.digest[:16]),
    )


def _gil(variant: Variant) -> str:
    kind = "free-threaded build" if variant.build.is_free_threaded else "build with the GIL"
    return f"{kind}; GIL {'on' if variant.is_gil_expected else 'off'} in every worker, checked"


def _jit(variant: Variant) -> str:
    build, is_on = variant.build, variant.is_jit_on
    if build.jit == "none":
        return "not built in"
    if build.implementation != "cpython":
        return "on" if is_on else "off"
    return f"built in; {'on' if is_on else 'off'} in every worker, checked"


def _interpreter_facts(build: Build) -> tuple[tuple[str, str], ...]:
    """Return how CPython was put together; old records lack all of it."""
    if not build.allocator:
        return ()
    is_implied = build.is_free_threaded and build.allocator == "mimalloc"
    return (
        ("Allocator", f"{build.allocator}{_IMPLIED if is_implied else ''}"),
        ("Shared library", "yes" if build.is_shared else "no"),
        ("Tail-call interpreter", "yes" if build.has_tail_calls else "no"),
    )


def _runtime_flags(variant: Variant) -> str:
    """Return the flags of its workers, and where they come from."""
    flags = build_differences.runtime_flags(variant)
    values = ", ".join(f"{name} {value}" for name, value in flags.items())
    return f"{values} ({_FREE_THREADED_DEFAULTS})" if values else ""


def _differences(variant: Variant, baseline: Variant) -> str:
    """Return what else differs from the baseline, in full."""
    if variant.label == baseline.label or variant.build.implementation != "cpython":
        return ""
    phrases = build_differences.variant_differences(baseline, variant)
    if phrases:
        return f"{'; '.join(phrases)} (baseline / this build)"
    gil = [(each.build.is_free_threaded, each.is_gil_expected) for each in (variant, baseline)]
    return "nothing but the GIL" if gil[0] != gil[1] else "nothing"


def _origin(build: Build) -> str:
    origin = build.provenance
    digest = f", sha256 {origin.sha256[:12]}…" if origin.sha256 else ""
    return f"{origin.provider}: {origin.source}{digest}"


def _cpus(machine: Machine) -> str:
    cores = formatting.count(machine.physical_cores, "physical core")
    quota = "" if machine.quota is None else f", quota {formatting.plain(machine.quota)}"
    return f"{formatting.count(machine.usable_cpus, 'CPU')} on {cores}{quota}"


def _span(numbers: set[int]) -> str:
    return " to ".join(map(str, dict.fromkeys((min(numbers), max(numbers))))) if numbers else ""


def _card(
    title: str,
    facts: Iterable[tuple[str, str]],
    *,
    subtitle: str,
    slot: int | None = None,
    warnings: Iterable[str] = (),
) -> Card:
    """Return a card with the facts that are known, cut to a readable length."""
    return Card(
        title=title,
        subtitle=subtitle,
        slot=slot,
        warnings=tuple(warnings),
        facts=tuple(
            (term, value if len(value) <= _MAX_FACT_LENGTH else f"{value[:_MAX_FACT_LENGTH]}…")
            for term, value in facts
            if value.strip()
        ),
    )
