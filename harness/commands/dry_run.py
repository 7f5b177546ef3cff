"""``--dry-run``: what would be downloaded or built, what would be measured, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.commands.bench import headline
from harness.json_output import document
from harness.model import Variant
from harness.model.build_words import optimisation_words
from harness.planning.plan import expected_s
from harness.report.words.skipped import skipped_rows
from harness.running.prepare import every, foresee
from harness.wording import by_reason, byte_size, duration, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import AnyVariant, Build, ExpectedBuild
    from harness.planning.bench_options import BenchOptions
    from harness.running.prepare import Choose, Foreseen

__all__ = ["describe_plan"]

_MAX_WIDTH = 24


def describe_plan(options: BenchOptions, *, is_json: bool, choose: Choose = every) -> str:
    """Return the plan as text or JSON: what a run would get and measure, and for how long."""
    foreseen = foresee(options, choose=choose)
    plan = foreseen.plan
    if is_json:
        return document(
            {
                "plan": plan,
                "machine": foreseen.machine,
                "unavailable": foreseen.unavailable,
                "get": plan.missing_builds,
                "getting_s": plan.getting_s,
                "expected_s": expected_s(plan),
            }
        )
    return "\n".join(_lines(foreseen)) + "\n"


def _lines(foreseen: Foreseen) -> Iterator[str]:
    plan = foreseen.plan
    rows = [("get", build.name, _way(build)) for build in plan.missing_builds]
    rows += [("variant", variant.label, _described(variant)) for variant in foreseen.variants]
    missing = by_reason((row.label, row.reason) for row in foreseen.unavailable)
    rows += [("missing", labels, reason) for labels, reason in missing]
    workloads = [
        ("workload", workload.name, unquoted(workload.summary)) for workload in plan.workloads
    ]
    width = min(_MAX_WIDTH, max(len(name) for _, name, _ in (*rows, *workloads)))
    yield f"machine    {foreseen.machine.label}"
    for what, name, words in rows:
        yield f"{what:<10} {name:<{width}} {words}"
    for what, why in skipped_rows(plan):
        yield f"skipped    {what}: {why}"
    for what, name, words in workloads:
        yield f"{what:<10} {name:<{width}} {words}"
    yield f"threads    {', '.join(map(str, plan.threads))}"
    yield f"seed       {plan.seed}"
    yield f"plan       {headline(plan, [variant.label for variant in foreseen.variants])}"
    if plan.missing_builds:
        measuring_s = expected_s(plan)
        total = duration(plan.getting_s + measuring_s, is_rough=True)
        getting = duration(plan.getting_s, is_rough=True)
        yield f"total      about {total}: {getting} for interpreters, then {duration(measuring_s)}"


def _way(build: ExpectedBuild) -> str:
    size = f", {byte_size(build.size_bytes)}" if build.size_bytes else ""
    return f"would be {build.how}: about {duration(build.expected_s, is_rough=True)}{size}"


def _described(variant: AnyVariant) -> str:
    if isinstance(variant, Variant):
        version, more = variant.build.version, _measured(variant.build)
    else:
        version, more = variant.build.python_version, ["not here yet"]
    settings = " ".join(f"{name}={value}" for name, value in variant.environment)
    name = f"{variant.build.implementation} {version}".rstrip()
    facts = (name, _gil_words(variant), *more, f"with {settings}" if settings else "")
    return ", ".join(filter(None, facts))


def _gil_words(variant: AnyVariant) -> str:
    if not variant.build.is_free_threaded:
        return "GIL"
    return f"free-threaded, GIL {'on' if variant.is_gil_expected else 'off'}"


def _measured(build: Build) -> list[str]:
    return [
        optimisation_words(build),
        "DEBUG BUILD: not for publishing" if build.is_debug else "",
    ]
