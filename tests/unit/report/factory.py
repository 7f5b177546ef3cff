"""A synthetic experiment with known numbers: the analysis every report test starts from."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import msgspec

from harness.analysis.results.experiment import (
    Analysis,
    CellResult,
    Failure,
    MemoryResult,
    NoteResult,
    Split,
    Stop,
    WarmupResult,
)
from harness.analysis.results.grade import MachineSample
from harness.analysis.results.scaling_laws import BreakEven, LevelEstimate, Reached
from harness.analysis.trust.grade import grade
from harness.model import (
    Benchmark,
    Build,
    Cell,
    Cpu,
    Estimate,
    Kind,
    Machine,
    Manifest,
    Mode,
    Plan,
    Preset,
    Provenance,
    Scale,
    Scaling,
    ScalingVerdict,
    Status,
    Unavailable,
    Variant,
    Verdict,
    Workload,
)
from harness.planning import builtin_workloads
from harness.planning.warmup import Shape
from harness.report.redaction import redacted
from harness.statistics.location import Location, inverted, t_quantile
from harness.statistics.scaling_words import blocks_to_resolve, scaling_words
from harness.statistics.verdicts import PRACTICAL, judge

if TYPE_CHECKING:
    from harness.report.elements import Section
    from harness.report.page.view import ReportView
    from harness.report.redaction import Redacted

HOST = "secretbox.corp.example"
USER = "wilhelmina"
LABELS = ("3.14", "3.14t", "3.14t+gil", "pypy3.11")
GIL_SLOWDOWN = 1.03
"""What a second thread costs under the GIL."""

WORKLOADS = (
    Workload(
        name="factorize",
        kind=Kind.CPU,
        scaling=Scaling.STRONG,
        summary="All divisors of a few numbers, shared out to the threads.",
        expectation="Near-linear without the GIL, flat with it.",
        modes=(Mode.THREADS, Mode.PROCESSES),
        rank=0,
    ),
    Workload(
        name="lesson",
        kind=Kind.CPU,
        scaling=Scaling.STRONG,
        summary="Four numbers, one after another or one thread each.",
        expectation="Slower with threads under the GIL.",
        modes=(Mode.SERIAL, Mode.THREADS),
        thread_counts=(4,),
        tags=("lesson",),
        max_speedup=3.02,
    ),
    Workload(
        name="blocking_io",
        kind=Kind.IO,
        scaling=Scaling.WEAK,
        summary="Threads that wait for a pipe.",
        expectation="N times under every build.",
        modes=(Mode.THREADS,),
        value_s=0.1,
        rank=1,
    ),
)
_BASE_S = {"factorize": 0.0843, "lesson": 0.1612, "blocking_io": 0.1003}
_SPEED = {"3.14": 1.0, "3.14t": 1.087, "3.14t+gil": 1.071, "pypy3.11": 0.104}


def estimate(point: float, *, spread: float = 0.016, n: int = 10) -> Estimate:
    """Return an estimate with a symmetric interval on the logarithmic scale."""
    low, high = point * math.exp(-spread), point * math.exp(spread)
    return Estimate(
        point=point,
        low=low if n > 1 else None,
        high=high if n > 1 else None,
        level=0.95,
        n=n,
        method="Yuen",
    )


def by_definition(n: int) -> Estimate:
    """Return what the analysis gives for the speed-up of one thread."""
    return Estimate(point=1.0, low=1.0, high=1.0, level=0.95, n=n, method="definition")


def log_ratio(found: Estimate) -> Location:
    """Return the location of an estimate's logarithm."""
    half = math.log((found.high or 0.0) / (found.low or 1.0)) / 2
    return Location(
        point=math.log(found.point),
        error=half / t_quantile(0.975, found.n - 1),
        df=found.n - 1,
        n=found.n,
        method="t",
    )


def scaled(found: Estimate | None, threads: int, *, ceiling: float = 0.0) -> ScalingVerdict | None:
    """Return whether a speed-up scales when judged alone; against N without a ceiling."""
    if found is None or found.low is None or found.high is None:
        return None
    where, limit = log_ratio(found), ceiling or float(threads)
    (word,) = scaling_words([where], [limit])
    assert word is not None
    return ScalingVerdict(
        word=word,
        ceiling=limit,
        ceiling_of="3.14" if ceiling else "",
        interval=found,
        family=1,
        blocks=blocks_to_resolve(where, limit) if word is Scale.UNRESOLVED else None,
    )


def with_gain(cell: CellResult, found: Estimate) -> CellResult:
    """Return a cell with another speed-up, and all that is judged of it."""
    is_judged = cell.mode is not Mode.PROCESSES
    return dataclasses.replace(
        cell,
        speedup=found,
        speedup_verdict=judged(found, is_speedup=True),
        scaling=scaled(found, cell.threads) if is_judged else None,
    )


def judged(found: Estimate | None, *, is_speedup: bool = False) -> Verdict | None:
    """Return the verdict that a ratio of times, or a speed-up, deserves when compared alone."""
    if found is None or found.low is None or found.high is None:
        return None
    where = log_ratio(found)
    return judge([inverted(where) if is_speedup else where])[0]


def build(label: str) -> Build:
    """Return a build full of what must not be published."""
    is_pypy, is_free = label.startswith("pypy"), "t" in label.removeprefix("pypy")
    name = "pypy3.11" if is_pypy else f"python{label.removesuffix('+gil')}"
    return Build(
        path=f"/home/{USER}/builds/{label}/bin/{name}",
        real_path=f"/home/{USER}/.cache/gilscope/{label}/bin/{name}",
        digest="9f8e7d6c5b4a39281706f5e4d3c2b1a0",
        implementation="pypy" if is_pypy else "cpython",
        version="8.0.1" if is_pypy else "3.14.7",
        python_version="3.11.15" if is_pypy else "3.14.7",
        is_free_threaded=is_free,
        is_gil_enabled=label != "3.14t",
        jit="on" if is_pypy else "none",
        is_debug=False,
        has_pgo=True,
        has_lto=not is_pypy,
        compiler="GCC 12.2.0",
        cflags=f"-O3 -I/home/{USER}/include -ffile-prefix-map=/home/{USER}/src=/usr/src",
        configure_args=f"--prefix=/home/{USER}/opt --with-lto CC=/opt/toolchain/bin/gcc",
        libc="glibc 2.36",
        architecture="x86_64",
        revision="v3.14.7",
        missing_modules=("_tkinter",) if label == "3.14t" else (),
        allocator="" if is_pypy else "mimalloc" if is_free else "pymalloc",
        runtime_flags=(
            ()
            if is_pypy
            else (f"thread_inherit_context={is_free:d}", f"context_aware_warnings={is_free:d}")
        ),
        provenance=Provenance(provider="source", source="Python-3.14.7.tar.xz", sha256="ab" * 32),
    )


def variant(label: str) -> Variant:
    """Return a variant; the label decides its GIL."""
    return Variant(
        label=label,
        spec=label,
        build=build(label),
        environment=(("PYTHON_GIL", "1"),) if label == "3.14t+gil" else (),
        is_gil_expected=label != "3.14t",
    )


def altered(label: str, **changes: object) -> Manifest:
    """Return the usual manifest, the build of one variant changed."""
    usual = manifest()
    variants = tuple(
        msgspec.structs.replace(one, build=msgspec.structs.replace(one.build, **changes))
        if one.label == label
        else one
        for one in usual.plan.variants
    )
    plan = msgspec.structs.replace(usual.plan, variants=variants)
    return msgspec.structs.replace(usual, plan=plan)


def machine(cores: int = 2, *, smt: int = 1) -> Machine:
    """Return a machine with this many physical cores."""
    cpus = tuple(
        Cpu(id=core + cores * way, core=core, node=0) for way in range(smt) for core in range(cores)
    )
    return Machine(
        label=f"Example CPU, {cores} cores, Linux x86_64",
        host=HOST,
        system="Linux",
        kernel="6.1.0",
        libc="glibc 2.36",
        architecture="x86_64",
        cpu_model="Example CPU 9000",
        cpus=cpus,
        memory_bytes=8 * 1024**3,
        governor="performance",
        virtualization="kvm",
        load_1min=0.3,
        notes=("Turbo state could not be read",),
    )


def speedup(label: str, workload: str, threads: int, *, cores: int = 2) -> float:
    """Return the true speed-up: waiting scales, computing only without the GIL."""
    if workload == "blocking_io":
        return threads * 0.996
    real = min(threads, cores)
    if workload == "lesson":
        return 1.74 if label == "3.14t" else 0.969
    if label == "3.14t":
        return 1 + (real - 1) * 0.87 - 0.02 * (threads > cores)
    return math.exp(-math.log(GIL_SLOWDOWN) * math.log2(threads))


def cell(  # noqa: PLR0913 - every test replaces another one of them
    label: str,
    workload: str,
    threads: int,
    *,
    mode: Mode = Mode.THREADS,
    spread: float = 0.016,
    n: int = 10,
    cores: int = 2,
) -> CellResult:
    """Return one measured cell of the synthetic experiment."""
    scales = 1 + (min(threads, cores) - 1) * 0.96 if mode is Mode.PROCESSES else None
    gain = scales or speedup(label, workload, threads, cores=cores)
    serial = _BASE_S[workload] * (1 if workload == "blocking_io" else _SPEED.get(label, 1.0))
    is_first = threads == 1 and workload != "lesson"
    wall = serial if mode is Mode.SERIAL or is_first else serial / gain
    wall = wall * threads if workload == "blocking_io" and not is_first else wall
    ratio = wall / (serial / _SPEED.get(label, 1.0) / (speedup("3.14", workload, threads)))
    has_ratio = label != "3.14" and mode is Mode.THREADS and workload != "blocking_io"
    is_scaled = mode is not Mode.SERIAL and not is_first
    return CellResult(
        variant=label,
        benchmark=Benchmark(workload=workload, mode=mode, threads=threads),
        time_s=estimate(wall, spread=spread / 2, n=n),
        speedup=estimate(gain, spread=spread, n=n) if is_scaled else by_definition(n),
        band=estimate(gain, spread=1.2 * spread, n=n) if is_scaled else by_definition(n),
        speedup_verdict=(
            judged(estimate(gain, spread=spread, n=n), is_speedup=True) if is_scaled else None
        ),
        scaling=(
            scaled(estimate(gain, spread=spread, n=n), threads)
            if is_scaled
            and mode is Mode.THREADS
            and (threads <= cores or workload == "blocking_io")
            else None
        ),
        efficiency=estimate(gain / threads, spread=spread, n=n) if is_scaled else by_definition(n),
        ratio=estimate(ratio, spread=spread, n=n) if has_ratio else None,
        verdict=judged(estimate(ratio, spread=spread, n=n)) if has_ratio else None,
        ratio_sign=estimate(ratio, spread=1.5 * spread, n=n) if has_ratio else None,
        means={
            "cores_used": estimate(1.0 if workload != "blocking_io" else 0.02, spread=spread, n=n),
            "cold_ratio": estimate(4.2 if label.startswith("pypy") else 1.02, spread=0.05, n=n),
        },
        start_skew_s=3.1e-5 * threads,
        max_rss_bytes=23.4 * 1024**2 * (1 + 0.1 * threads),
        involuntary_switches_per_s=12.5,
        loops=1,
        warmups=1,
        process_times_s=tuple(wall * (1 + 0.001 * block) for block in range(n)),
    )


def cells(
    labels: tuple[str, ...] = LABELS,
    threads: tuple[int, ...] = (1, 2, 4),
    *,
    spread: float = 0.016,
    n: int = 10,
    cores: int = 2,
) -> tuple[CellResult, ...]:
    """Return all cells: every workload, processes on the baseline alone."""
    found = []
    for label in labels:
        for count in threads:
            found += [
                cell(label, name, count, spread=spread, n=n, cores=cores)
                for name in ("factorize", "blocking_io")
            ]
        found += [
            cell(label, "lesson", 1, mode=Mode.SERIAL, spread=spread, n=n),
            cell(label, "lesson", 4, spread=spread, n=n),
        ]
    found += [
        cell(labels[0], "factorize", count, mode=Mode.PROCESSES, spread=spread, n=n, cores=cores)
        for count in threads
    ]
    return tuple(found)


def splits(
    threads: tuple[int, ...] = (1, 2, 4),
    *,
    differences: tuple[str, ...] = (),
    spread: float = 0.012,
    n: int = 10,
) -> tuple[Split, ...]:
    """Return the three-way split of 3.14 and 3.14t."""
    found = []
    for workload in ("factorize", "blocking_io"):
        for count in threads:
            is_io = workload == "blocking_io"
            free = 1.0 if is_io else speedup("3.14t", workload, count)
            held = 1.0 if is_io else speedup("3.14", workload, count)
            tax = 1.001 if is_io else 1.071
            removal = 0.999 if is_io else 1.015 * held / free
            found.append(
                Split(
                    benchmark=Benchmark(workload=workload, mode=Mode.THREADS, threads=count),
                    gil="3.14",
                    free_threaded="3.14t",
                    free_threaded_gil="3.14t+gil",
                    tax=estimate(tax, spread=spread, n=n),
                    removal=estimate(removal, spread=spread, n=n),
                    net=estimate(tax * removal, spread=spread, n=n),
                    tax_verdict=judged(estimate(tax, spread=spread, n=n)),
                    removal_verdict=judged(estimate(removal, spread=spread, n=n)),
                    net_verdict=judged(estimate(tax * removal, spread=spread, n=n)),
                    differences=differences,
                )
            )
    return tuple(found)


def break_evens(threads: tuple[int, ...] = (1, 2, 4)) -> tuple[BreakEven, ...]:
    """Return that computing breaks even at two threads, and waiting is the same."""
    found = []
    for workload, even in (("factorize", 2), ("blocking_io", None)):
        nets = [split.net for split in splits(threads) if split.workload == workload]
        levels = tuple(
            LevelEstimate(threads=count, estimate=estimate(1 / net.point, spread=0.02))
            for count, net in zip(threads, nets, strict=True)
            if net is not None
        )
        found.append(
            BreakEven(
                workload=workload,
                gil="3.14",
                free_threaded="3.14t",
                reached=Reached.UNRESOLVED if even is None else Reached.AT_MORE,
                threads=even,
                levels=levels,
            )
        )
    return tuple(found)


def failure(**changes: object) -> Failure:
    """Return a failure that names private things."""
    usual = Failure(
        variant="pypy3.11",
        benchmark=Benchmark(workload="factorize", mode=Mode.THREADS, threads=4),
        status=Status.FAILED,
        reason=f"exit code 1, see /home/{USER}/log/worker.txt",
        stderr_tail=f'Traceback:\n  File "/home/{USER}/x y/work.py", line 3\nOSError on {HOST}',
        failed=2,
        succeeded=8,
        is_quarantined=True,
    )
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def manifest(
    labels: tuple[str, ...] = LABELS,
    threads: tuple[int, ...] = (1, 2, 4),
    *,
    computer: Machine | None = None,
) -> Manifest:
    """Return the manifest of the synthetic experiment."""
    plan = Plan(
        seed=20260117,
        preset=Preset(name="default", blocks=10, values=5),
        baseline=labels[0],
        variants=tuple(variant(label) for label in labels),
        workloads=WORKLOADS,
        threads=threads,
        cells=tuple(
            Cell(variant=item.variant, benchmark=item.benchmark) for item in cells(labels, threads)
        ),
        order=(),
    )
    return Manifest(
        schema_version=1,
        id="2026-01-17-120000-ab12",
        created="2026-01-17T12:00:00.000Z",
        label="",
        plan=plan,
        machine=computer or machine(),
        unavailable=(
            Unavailable(label="3.15t", spec="3.15t", reason="No build of 3.15t for this platform"),
        ),
        versions=(("gilscope", "0.1.0"), ("pyperf", "2.9.0")),
        workloads_digest="c0ffee" * 8,
    )


def sample(place: int, *, per_block: int = 6, **changes: object) -> MachineSample:
    """Return what was around the job at this place: a quiet machine with a faint tremor."""
    usual = MachineSample(
        block=1 + place // per_block,
        cell=f"cell {place % per_block}",
        at_s=3.0 + place,
        duration_s=0.8,
        own_cpus=1 + place % 2,
        canary_s=0.003 * math.exp(0.002 * math.sin(12.9 * place)),
        load_1min=1.1 + 0.1 * math.sin(0.1 * place),
        others_cpus=0.01,
        stolen=0.0,
        frequency_hz=3.2e9 * math.exp(0.001 * math.sin(7.7 * place)),
        temperature_c=61.0,
    )
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def samples(jobs: int = 60) -> tuple[MachineSample, ...]:
    """Return the samples of ten blocks on a quiet machine."""
    return tuple(sample(place) for place in range(jobs))


def analysis(**changes: object) -> Redacted:
    """Return the standard synthetic analysis, some fields replaced, fit to be shown."""
    return redacted(raw(**changes))


def raw(**changes: object) -> Analysis:
    """Return the same with its host, users and paths."""
    usual = Analysis(
        manifest=manifest(),
        blocks_done=10,
        stop=Stop.NOT,
        level=0.95,
        threshold=PRACTICAL,
        cells=cells(),
        splits=splits(),
        failures=(failure(),),
        measured_s=351.2,
        duration_s=402.7,
        load_1min=tuple(0.2 + 0.01 * job for job in range(40)),
        notes=("One line of the journal was cut off and dropped.",),
        break_evens=break_evens(),
        samples=samples(),
        grade=grade(manifest(), samples=samples(), cells=cells(), blocks_done=10, blocks_due=10),
    )
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def part(view: ReportView, anchor: str) -> Section:
    """Return the section of a page that has this anchor, however deep it stands."""
    waiting = list(view.sections)
    while waiting:
        one = waiting.pop(0)
        if one.anchor == anchor:
            return one
        waiting += one.parts
    raise KeyError(anchor)


def warmups(labels: tuple[str, ...] = LABELS) -> tuple[WarmupResult, ...]:
    """Return how each variant warms up: only PyPy does."""
    found = []
    for workload, mode in (("factorize", Mode.THREADS), ("lesson", Mode.SERIAL)):
        for label in labels:
            is_jit = label.startswith("pypy")
            cold = 4.2 if is_jit else 1.02
            slow = [cold if call < 20 * is_jit + 1 else 1.0 for call in range(40)]
            found.append(
                WarmupResult(
                    variant=label,
                    benchmark=Benchmark(workload=workload, mode=mode, threads=1),
                    shape=Shape.WARMUP if is_jit else Shape.FLAT,
                    cold_ratio=estimate(cold),
                    found_s=0.42 if is_jit else 0.0,
                    segments=2 if is_jit else 1,
                    processes=1,
                    is_capped=False,
                    warmups=7 if is_jit else 1,
                    warmup_s=1.05 if is_jit else 0.16,
                    curve=tuple((0.02 * (call + 1), ratio) for call, ratio in enumerate(slow)),
                )
            )
    return tuple(found)


NOTING = tuple(
    Workload(
        name=workload.name,
        kind=Kind.CPU,
        scaling=Scaling.WEAK,
        summary="It notes what it measures.",
        expectation="See there.",
        modes=(Mode.THREADS,),
        answering_threads=workload.answering_threads,
        deadline_s=workload.deadline_s,
        notes=workload.notes,
    )
    for name in ("remote_control", "allocate", "counter_shared")
    for workload in builtin_workloads.select((name,))
)


def noted(
    label: str,
    workload: str,
    threads: int,
    name: str,
    *,
    typical: float,
    n: int = 10,
) -> NoteResult:
    """Return what a cell noted: of seconds quantiles that grow, of anything else a mean."""
    is_seconds = name.endswith("_s")
    is_missed = name == "missed_deadlines"
    return NoteResult(
        variant=label,
        benchmark=Benchmark(workload=workload, mode=Mode.THREADS, threads=threads),
        name=name,
        count=3000 if is_seconds else 30,
        total=typical * 30,
        mean=None if is_seconds else estimate(typical, n=n if typical else 1),
        share=estimate(typical / 100, n=n) if is_missed else None,
        p50=estimate(typical, n=n) if is_seconds else None,
        p90=estimate(typical * 2, spread=0.05, n=n) if is_seconds else None,
        p99=estimate(typical * 4, spread=0.1, n=n) if is_seconds else None,
        maximum=typical * 5,
    )


def measures(labels: tuple[str, ...] = LABELS, *, n: int = 10) -> tuple[NoteResult, ...]:
    """Return what each variant noted: only 3.14t answers in time, and only it loses updates."""
    found = []
    for label in labels:
        is_free = label == "3.14t"
        for threads in (1, 2, 4):
            late = 0.0003 if is_free else 0.0003 + 0.004 * (threads - 1)
            numbers = {
                "response_s": late,
                "send_delay_s": 0.00002,
                "missed_deadlines": 0.5 if is_free else 12.0 * (threads - 1) + 1,
                "computed_units": 1e6,
            }
            found += [
                noted(label, "remote_control", threads, name, typical=typical, n=n)
                for name, typical in numbers.items()
            ]
        found.append(noted(label, "allocate", 2, "gc_pause_s", typical=0.00011, n=n))
        lost = 41_234.0 if is_free else 0.0
        found.append(noted(label, "counter_shared", 2, "lost_updates", typical=lost, n=n))
    return tuple(found)


def measured(labels: tuple[str, ...] = LABELS, *, n: int = 10, **changes: object) -> Redacted:
    """Return an analysis that has notes, a memory pass, a switch interval and a folder."""
    usual = manifest(labels)
    plan = msgspec.structs.replace(
        usual.plan,
        workloads=(*usual.plan.workloads, *NOTING),
        memory_blocks=3,
        switch_interval_s=0.00005,
        folder=f"/media/{USER}/Old Disk of Mine",
    )
    memory = tuple(
        MemoryResult(
            variant=label,
            benchmark=Benchmark(workload="allocate", mode=Mode.THREADS, threads=2),
            peak_rss_bytes=estimate(31.5 * 1024**2, spread=0.01, n=3),
            pss_bytes=None if label.startswith("pypy") else estimate(28e6, spread=0.01, n=3),
        )
        for label in labels
    )
    wanted: dict[str, object] = {
        "manifest": msgspec.structs.replace(usual, plan=plan),
        "cells": cells(labels),
        "splits": (),
        "failures": (),
        "measures": measures(labels, n=n),
        "memory": memory,
    }
    return analysis(**{**wanted, **changes})
