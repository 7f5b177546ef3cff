"""How fast a journal is loaded and analysed, beside pyperf with the same runs: for developers.

Place in the flow: cli → **selfbench** → synthetic, store, analysis. Machines differ and are
noisy: what counts is the ratio of two loaders that take turns in one process.
"""

from __future__ import annotations

import gc
import multiprocessing
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from harness import store
from harness.document import document
from harness.progress import screen
from harness.report import text
from harness.synthetic import Size, write_experiment, write_suites

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.progress import Screen

__all__ = ["Loaded", "Measured", "selfbench"]

_T = TypeVar("_T")

LEAST_RATIO = 5.0
MOST_S = 5.0
MOST_BYTES = 500_000_000


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What one loader found, and how long it took each time."""

    runs: int
    values: int
    bytes: int
    """Of the files it read."""
    seconds: tuple[float, ...]


class Analysed(msgspec.Struct, frozen=True, kw_only=True):
    """One analysis in a process of its own; imports are not in any of the times."""

    load_s: float
    analyse_s: float
    analyse_cpu_s: float
    cells: int
    start_bytes: int | None
    """Peak memory of the process once everything was imported."""
    peak_bytes: int | None
    """Peak memory at the end; ``None`` where the system does not say."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """All that one run of selfbench measured; ``ratios`` are pyperf's times ÷ ours."""

    cells: int
    blocks: int
    values: int
    journal: Loaded
    pyperf: Loaded
    ratios: tuple[float, ...]
    analysis: Analysed


def selfbench(*, cells: int, blocks: int, repetitions: int, is_json: bool) -> str:
    """Make an experiment, load it in both ways by turns, analyse it; return what was found."""
    size = Size(cells=cells, blocks=blocks, values=5)
    with screen() as shown, tempfile.TemporaryDirectory(prefix="gilscope-") as temporary:
        shown.say(f"Making {text.whole(size.runs)} runs.")
        folder = write_experiment(size, Path(temporary))
        suites = write_suites(folder, Path(temporary))
        journal, pyperf = _load_by_turns(folder, suites, repetitions, shown)
        shown.say("Analysing.")
        # A fresh process: the peak of this one is that of making and loading.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            analysis = pool.submit(_analyse, folder).result()
    measured = Measured(
        cells=size.cells,
        blocks=size.blocks,
        values=size.values,
        journal=journal,
        pyperf=pyperf,
        ratios=tuple(b / a for a, b in zip(journal.seconds, pyperf.seconds, strict=True)),
        analysis=analysis,
    )
    return document(measured) if is_json else _table(measured)


def _load_by_turns(
    folder: Path, suites: tuple[Path, ...], repetitions: int, shown: Screen
) -> tuple[Loaded, Loaded]:
    journal, pyperf = [], []
    for number in range(repetitions):
        shown.say(f"Loading, {number + 1} of {repetitions}.")
        journal.append(_load_journal(folder))
        pyperf.append(_load_suites(suites))
    return _together(journal), _together(pyperf)


def _together(each: list[Loaded]) -> Loaded:
    seconds = tuple(second for one in each for second in one.seconds)
    return msgspec.structs.replace(each[0], seconds=seconds)


def _load_journal(folder: Path) -> Loaded:
    seconds, experiment = _timed(lambda: store.load(folder))
    return Loaded(
        runs=len(experiment.outcomes),
        values=sum(one.values for one in experiment.outcomes),
        bytes=(folder / store.JOURNAL).stat().st_size,
        seconds=(seconds,),
    )


def _load_suites(paths: tuple[Path, ...]) -> Loaded:
    import pyperf  # noqa: PLC0415 - only a developer's command needs it

    seconds, suites = _timed(lambda: [pyperf.BenchmarkSuite.load(str(path)) for path in paths])
    benchmarks = [benchmark for suite in suites for benchmark in suite]
    return Loaded(
        runs=sum(benchmark.get_nrun() for benchmark in benchmarks),
        values=sum(benchmark.get_nvalue() for benchmark in benchmarks),
        bytes=sum(path.stat().st_size for path in paths),
        seconds=(seconds,),
    )


def _timed(call: Callable[[], _T]) -> tuple[float, _T]:
    gc.collect()  # what was loaded before is not to be collected at the expense of this
    start = time.process_time()
    result = call()
    return time.process_time() - start, result


def _analyse(folder: Path) -> Analysed:
    from harness.analysis.analyse import analyse  # noqa: PLC0415 - pandas and SciPy, here alone

    start_bytes = _peak_bytes()
    load_s, experiment = _timed(lambda: store.load(folder))
    cpu_s = time.process_time()
    analyse_s, analysis = _timed(
        lambda: analyse(experiment.manifest, experiment.outcomes, runs=experiment.runs)
    )
    return Analysed(
        load_s=load_s,
        analyse_s=analyse_s,
        analyse_cpu_s=time.process_time() - cpu_s,
        cells=len(analysis.cells),
        start_bytes=start_bytes,
        peak_bytes=_peak_bytes(),
    )


def _peak_bytes() -> int | None:
    """Return the peak memory of this process: Linux alone tells that of one program."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _table(measured: Measured) -> str:
    found, ratios = measured.analysis, measured.ratios
    ratio = (
        f"{text.plain(statistics.median(ratios))} "
        f"({text.plain(min(ratios))}–{text.plain(max(ratios))})"
    )
    rows = (
        ("", "measured", "bound"),
        ("load the journal", _median(measured.journal), ""),
        ("load it with pyperf", _median(measured.pyperf), ""),
        ("pyperf ÷ journal", ratio, f"at least {LEAST_RATIO:g}"),
        ("analyse", text.seconds_point(found.analyse_s), ""),
        ("analyse, CPU time", text.seconds_point(found.analyse_cpu_s), ""),
        (
            "load and analyse",
            text.seconds_point(found.load_s + found.analyse_s),
            f"under {text.seconds_round(MOST_S)}",
        ),
        ("peak memory of both", _megabytes(found.peak_bytes), f"under {_megabytes(MOST_BYTES)}"),
        ("of it the imports", _megabytes(found.start_bytes), ""),
    )
    head = (
        f"{text.whole(measured.cells)} cells × {measured.blocks} blocks × {measured.values} "
        f"values: {text.whole(measured.journal.runs)} runs, a journal of "
        f"{_megabytes(measured.journal.bytes)}, suites of {_megabytes(measured.pyperf.bytes)}"
    )
    return "\n".join([head, *(f"{a:<20}  {b:<20}  {c}".rstrip() for a, b, c in rows)]) + "\n"


def _median(loaded: Loaded) -> str:
    return text.seconds_point(statistics.median(loaded.seconds))


def _megabytes(size: int | None) -> str:
    return "not known" if size is None else f"{size / 1e6:.0f} MB"
