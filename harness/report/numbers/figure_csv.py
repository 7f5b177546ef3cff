"""What a figure draws as comma-separated values: every number with all its digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Mode
from harness.report.words import csv_text

if TYPE_CHECKING:
    from harness.analysis.results.experiment import WarmupResult
    from harness.analysis.results.telemetry import Sample
    from harness.report.numbers.delays import DelayChart
    from harness.report.numbers.series import Chart, Contrast, Pair

__all__ = ["contrasts", "delays", "samples", "speedups", "splits", "warmups"]

_SAMPLE = (
    *("block", "cell", "at_s", "duration_s", "own_cpus", "canary_s", "load_1min"),
    *("others_cpus", "stolen", "frequency_hz", "temperature_c"),
)


def speedups(chart: Chart) -> str:
    """Return a row for each point of a chart, with interval and simultaneous band."""
    header = ("variant", "mode", "threads", *_bounds("speedup"), "band_low", "band_high", "n")
    rows = [
        (
            line.label,
            str(mode),
            point.threads,
            *csv_text.trio(point.speedup),
            point.band.low,
            point.band.high,
            point.speedup.n,
        )
        for lines, mode in ((chart.lines, Mode.THREADS), (chart.ceilings, Mode.PROCESSES))
        for line in lines
        for point in line.points
    ]
    return csv_text.csv_text(header, rows)


def splits(pair: Pair) -> str:
    """Return a row for each benchmark of a pair of builds: ratios of times."""
    header = (
        *("workload", "mode", "threads", "gil_build", "free_threaded_build"),
        *(name for part in ("tax", "removal", "net") for name in _bounds(part)),
    )
    rows = [
        (
            *(one.workload, str(one.benchmark.mode), one.threads, one.gil, one.free_threaded),
            *(bound for part in (one.tax, one.removal, one.net) for bound in csv_text.trio(part)),
        )
        for one in pair.splits
    ]
    return csv_text.csv_text(header, rows)


def contrasts(found: tuple[Contrast, ...]) -> str:
    """Return a row for each variant: one after another, with threads, and the speed-up."""
    header = ("variant", "threads", *_bounds("serial_s"), *_bounds("threaded_s"), *_bounds("gain"))
    rows = [
        (
            *(one.label, one.threaded.threads),
            *csv_text.trio(one.serial.time_s),
            *csv_text.trio(one.threaded.time_s),
            *csv_text.trio(one.speedup),
        )
        for one in found
    ]
    return csv_text.csv_text(header, rows)


def delays(chart: DelayChart) -> str:
    """Return a row for each point: the 99th percentile of the response time."""
    header = ("variant", chart.axis.replace(" ", "_"), *_bounds("p99_s"), "n")
    rows = [
        (line.label, load, *csv_text.trio(p99), p99.n)
        for line in chart.lines
        for load, p99 in line.points
    ]
    return csv_text.csv_text(header, rows)


def samples(found: tuple[Sample, ...]) -> str:
    """Return a row for each job, in the order they ran; seconds to the microsecond."""
    rows = [[_microsecond(getattr(one, name)) for name in _SAMPLE] for one in found]
    return csv_text.csv_text(_SAMPLE, rows)


def warmups(results: list[WarmupResult]) -> str:
    """Return a row for each call of the pilots."""
    header = ("variant", "workload", "mode", "threads", "at_work_s", "of_last_level")
    rows = [
        (
            *(one.variant, one.benchmark.workload, str(one.benchmark.mode), one.benchmark.threads),
            *(end_s, ratio),
        )
        for one in results
        for end_s, ratio in one.curve
    ]
    return csv_text.csv_text(header, rows)


def _microsecond(value: object) -> object:
    return round(value, 6) if isinstance(value, float) else value


def _bounds(name: str) -> tuple[str, str, str]:
    return name, f"{name}_low", f"{name}_high"
