"""The speed of loading a journal (next to pyperf), analysing it and making a page."""

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

from harness.json_output import document
from harness.lifetime.life import life
from harness.report.words import formatting
from harness.running.progress import screen
from harness.storage import experiment_folder
from harness.synthetic.experiment import (
    write_experiment,
    write_plan,
    write_suites,
    write_workers_files,
)
from harness.synthetic.plan import Size, default_plan, plan_of
from harness.wording import byte_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Loaded", "Measured", "Paged", "page_of", "selfbench", "table"]

_T = TypeVar("_T")

MIN_RATIO = 5.0
MAX_S = 5.0
MAX_BYTES = 500_000_000
MAX_PAGE_S = {"default": 8.0, "large": 30.0}
MAX_PAGE_BYTES = {"default": 3_000_000, "large": 8_000_000}
MAX_PAGE_MEMORY_BYTES = 1_000_000_000
"""For the large page; the small one has no bound."""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """The data that one loader read."""

    runs: int
    values: int
    bytes: int
    """Of the files."""
    seconds: tuple[float, ...]
    """CPU time at each turn."""


class Analysed(msgspec.Struct, frozen=True, kw_only=True):
    """One analysis in a process of its own; imports are not in any of the times."""

    load_cpu_s: float
    analyse_s: float
    analyse_cpu_s: float
    cells: int
    start_bytes: int | None
    """Peak memory of the process after all imports."""
    peak_bytes: int | None
    """Peak memory at the end; ``None`` where it cannot be read."""


class Paged(msgspec.Struct, frozen=True, kw_only=True):
    """One page made by a process of its own, imports included."""

    cells: int
    blocks: int
    values: int
    cpu_s: float
    peak_bytes: int | None
    bytes: int
    """Of the page."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one run of selfbench."""

    cells: int
    blocks: int
    values: int
    journal: Loaded
    pyperf_files: Loaded
    """The same runs in the files of the workers, one for each process."""
    pyperf_suites: Loaded
    """The same runs in one suite of pyperf for each variant."""
    ratios_files: tuple[float, ...]
    """Seconds of ``pyperf_files`` ÷ those of ``journal`` at the same turn."""
    ratios_suites: tuple[float, ...]
    analysis: Analysed
    page_default: Paged | None
    """Of the default plan of ``bench``; ``None`` without pages."""
    page_large: Paged | None
    """Of an experiment of the size that was loaded, with a pilot."""


def selfbench(*, cells: int, blocks: int, repetitions: int, has_pages: bool, is_json: bool) -> str:
    """Make an experiment, load it in turn, analyse it, make pages; return the figures."""
    size = Size(cells=cells, blocks=blocks, values=5)
    with screen() as shown, tempfile.TemporaryDirectory(dir=life().folder) as temporary:
        shown.say(f"Making {formatting.whole(size.runs)} runs.")
        folder = write_experiment(size, Path(temporary))
        files = write_workers_files(folder, Path(temporary, "files"))
        suites = write_suites(folder, Path(temporary, "suites"))
        turns = []
        for number in range(repetitions):
            shown.say(f"Loading, {number + 1} of {repetitions}.")
            turns.append((_load_journal(folder), _load_pyperf(files), _load_pyperf(suites)))
        shown.say("Analysing.")
        analysis = _in_new_process(_analyse, folder)
        pages: list[Paged | None] = [None, None]
        if has_pages:
            shown.say("Making two pages.")
            results = Path(temporary, "pages")  # the same plan again would have the same name
            folders = [write_plan(plan, results) for plan in (default_plan(), plan_of(size))]
            pages = [_in_new_process(page_of, folder) for folder in folders]
    journal, by_files, by_suites = (_merged(loader) for loader in zip(*turns, strict=True))
    measured = Measured(
        cells=size.cells,
        blocks=size.blocks,
        values=size.values,
        journal=journal,
        pyperf_files=by_files,
        pyperf_suites=by_suites,
        ratios_files=_ratios(by_files, journal),
        ratios_suites=_ratios(by_suites, journal),
        analysis=analysis,
        page_default=pages[0],
        page_large=pages[1],
    )
    return document(measured) if is_json else table(measured)


def _in_new_process(call: Callable[[Path], _T], folder: Path) -> _T:
    """Return the result of ``call`` in a fresh process, which has its own peak memory."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(call, folder).result()


def _merged(turns: tuple[Loaded, ...]) -> Loaded:
    seconds = tuple(second for turn in turns for second in turn.seconds)
    return msgspec.structs.replace(turns[0], seconds=seconds)


def _ratios(pyperf: Loaded, journal: Loaded) -> tuple[float, ...]:
    return tuple(b / a for a, b in zip(journal.seconds, pyperf.seconds, strict=True))


def _load_journal(folder: Path) -> Loaded:
    seconds, experiment = _timed(lambda: experiment_folder.load(folder))
    return Loaded(
        runs=len(experiment.runs),
        values=sum(len(run.values) for run in experiment.runs.values()),
        bytes=(folder / experiment_folder.JOURNAL).stat().st_size,
        seconds=(seconds,),
    )


def _load_pyperf(paths: tuple[Path, ...]) -> Loaded:
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
    """Return the CPU seconds of a call, and its result."""
    gc.collect()  # else this call would pay for earlier garbage
    start = time.process_time()
    result = call()
    return time.process_time() - start, result


def _analyse(folder: Path) -> Analysed:
    from harness.analysis.analyse import analyse  # noqa: PLC0415 - pandas and SciPy, here alone

    start_bytes = _peak_bytes()
    load_cpu_s, experiment = _timed(lambda: experiment_folder.load(folder))
    start = time.perf_counter()
    analyse_cpu_s, analysis = _timed(
        lambda: analyse(experiment.manifest, experiment.outcomes, runs=experiment.runs)
    )
    return Analysed(
        load_cpu_s=load_cpu_s,
        analyse_s=time.perf_counter() - start,
        analyse_cpu_s=analyse_cpu_s,
        cells=len(analysis.cells),
        start_bytes=start_bytes,
        peak_bytes=_peak_bytes(),
    )


def page_of(folder: Path) -> Paged:
    """Make the page of the experiment in ``folder``; return the cost of this process so far."""
    from harness.commands.report import report  # noqa: PLC0415 - all that a page needs, here alone

    page = report(folder, folder / "page", is_json=False).page
    plan = experiment_folder.read_manifest(folder).plan
    return Paged(
        cells=len(plan.cells),
        blocks=plan.preset.blocks,
        values=plan.preset.values,
        cpu_s=time.process_time(),
        peak_bytes=_peak_bytes(),
        bytes=page.stat().st_size,
    )


def _peak_bytes() -> int | None:
    """Return the peak memory of this process; only Linux has that of one program."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def table(measured: Measured) -> str:
    """Return the figures for people, with their bounds."""
    analysis = measured.analysis
    rows = (
        ("CPU time and memory", "measured", "bound"),
        ("load and check the journal", _median(measured.journal), ""),
        ("pyperf, a file per process", _median(measured.pyperf_files), ""),
        ("  ÷ journal", _spread(measured.ratios_files), f"at least {MIN_RATIO:g}"),
        ("pyperf, a suite per variant", _median(measured.pyperf_suites), ""),
        ("  ÷ journal", _spread(measured.ratios_suites), ""),
        ("analyse", formatting.seconds_point(analysis.analyse_cpu_s), ""),
        (
            "load and analyse",
            formatting.seconds_point(analysis.load_cpu_s + analysis.analyse_cpu_s),
            f"under {formatting.seconds_round(MAX_S)}",
        ),
        ("peak memory of both", _megabytes(analysis.peak_bytes), f"under {byte_size(MAX_BYTES)}"),
        ("  of it the imports", _megabytes(analysis.start_bytes), ""),
        *_page_rows("default", measured.page_default, max_memory=""),
        *_page_rows(
            "large", measured.page_large, max_memory=f"under {byte_size(MAX_PAGE_MEMORY_BYTES)}"
        ),
    )
    head = (
        f"{_size(measured)}: {formatting.whole(measured.journal.runs)} runs, "
        f"a journal of {byte_size(measured.journal.bytes)}, "
        f"suites of {byte_size(measured.pyperf_suites.bytes)}"
    )
    lines = (f"{name:<28} {value:<20} {bound}".rstrip() for name, value, bound in rows)
    return "\n".join([head, *lines, ""])


def _page_rows(name: str, page: Paged | None, *, max_memory: str) -> Iterator[tuple[str, str, str]]:
    if page is not None:
        max_s = formatting.seconds_round(MAX_PAGE_S[name])
        yield f"{name} page, from nothing", formatting.seconds_point(page.cpu_s), f"under {max_s}"
        yield "  of", _size(page), ""
        yield "  peak memory", _megabytes(page.peak_bytes), max_memory
        yield (
            "  size of the file",
            byte_size(page.bytes),
            f"under {byte_size(MAX_PAGE_BYTES[name])}",
        )


def _size(item: Measured | Paged) -> str:
    return f"{formatting.whole(item.cells)} cells × {item.blocks} blocks × {item.values} values"


def _spread(ratios: tuple[float, ...]) -> str:
    middle = formatting.plain(statistics.median(ratios))
    return f"{middle} ({formatting.plain(min(ratios))}–{formatting.plain(max(ratios))})"


def _median(loaded: Loaded) -> str:
    return formatting.seconds_point(statistics.median(loaded.seconds))


def _megabytes(size: int | None) -> str:
    return "not known" if size is None else byte_size(size)
