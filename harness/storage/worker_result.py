"""pyperf's JSON as far as we read it: one worker's run, with our metadata decoded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from harness.model import Status
from harness.model.remarks import Remark
from harness.storage.checksum import repeated_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.model import Cell, Outcome

    Runs = Mapping[tuple[bool, int, Cell], "RunData"]
    """Key of a job → what its worker measured, for each job that succeeded."""

__all__ = ["RunData", "RunFormatError", "Sample", "read_result", "read_run", "read_runs"]


# A time that a logarithm can be taken of, and that sums do not overflow with.
_Time = Annotated[float, Meta(gt=1e-12, lt=1e9)]
_Span = Annotated[float, Meta(ge=0, lt=1e9)]
_Loops = Annotated[int, Meta(ge=1, le=2**53)]
_Count = Annotated[int, Meta(ge=0, le=2**53)]
# Names and numbers come from any workload's own code, and reach the page.
_Note = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,59}\Z")]
_Noted = Annotated[float, Meta(ge=-(2**53), le=2**53)]
_NoteValues = Annotated[tuple[_Noted, ...], Meta(max_length=1_000_000)]


class RunFormatError(ValueError):
    """The result of a worker is not one pyperf run with our metadata."""


# No cycle can pass through these: a large journal makes many, and none is worth tracking.
class Sample(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One timed call as the worker recorded it: warm-ups first, then values. Seconds."""

    wall_s: _Time
    cpu_s: _Span
    start_skew_s: _Span
    stop_skew_s: _Span
    voluntary_switches: _Count | None
    involuntary_switches: _Count | None
    collections: _Count | None
    checksum: int
    notes: Annotated[dict[_Note, _NoteValues], Meta(max_length=60)] = {}
    """Other values that the workload reported: name with unit → values."""


class _NamedSample(Sample, frozen=True, gc=False, array_like=False):
    """A sample in the first journals: an object with the names of its fields."""


class RunData(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one worker measured. Values and warm-ups are seconds per loop."""

    name: str
    loops: int
    values: tuple[float, ...]
    warmups: tuple[tuple[int, float], ...]
    """Pairs of loops and seconds per loop."""
    samples: tuple[Sample, ...]
    checksum: str
    is_gil_enabled: bool
    is_jit_enabled: bool | None
    """Whether CPython's JIT was on; ``None`` where the interpreter cannot say."""
    max_rss_bytes: int | None
    """Peak memory of the worker, or of all its processes; ``None`` where it cannot be read."""
    pss_bytes: int | None
    """Memory of the same at the end, shared pages divided by who shares them; only of the
    memory pass, and ``None`` where it cannot be read."""
    unpinned: str | None = None
    """Why its threads are not pinned, empty where they are; ``None`` where they were not to be."""
    series: tuple[tuple[int, float], ...] = ()
    """Calls that a pilot made after those of pyperf, to see it warm up; pairs as in ``warmups``."""
    remarks: tuple[Remark, ...] = ()
    """What the workload changed or left behind."""


class _Metadata(msgspec.Struct, gc=False):
    name: str
    loops: _Loops
    gilscope_checksum: str
    gilscope_gil: str
    gilscope_samples: str
    gilscope_jit: str | None = None
    gilscope_max_rss: _Count | None = None
    gilscope_pss: _Count | None = None
    gilscope_pinned: Annotated[str, Meta(max_length=500)] | None = None
    gilscope_series: str = "[]"
    gilscope_remarks: str = "[]"


_Call = tuple[_Loops, _Time]


class _Run(msgspec.Struct, gc=False):
    values: tuple[_Time, ...] = ()
    warmups: tuple[_Call, ...] = ()


class _Bench(msgspec.Struct, gc=False):
    runs: tuple[_Run, ...]


class _Suite(msgspec.Struct, gc=False):
    benchmarks: tuple[_Bench, ...]
    metadata: _Metadata


_suite_decoder = msgspec.json.Decoder(_Suite)
_samples_decoder = msgspec.json.Decoder(tuple[Sample, ...])
_named_samples_decoder = msgspec.json.Decoder(tuple[_NamedSample, ...])
_remarks_decoder = msgspec.json.Decoder(Annotated[tuple[Remark, ...], Meta(max_length=100)])
# The search for change points takes time that grows with the square of this.
_series_decoder = msgspec.json.Decoder(Annotated[tuple[_Call, ...], Meta(max_length=2000)])


def read_run(raw: bytes | msgspec.Raw) -> RunData:
    """Decode the suite that one worker wrote: one benchmark, one run; raises RunFormatError."""
    try:
        suite = _suite_decoder.decode(raw)
        text = suite.metadata.gilscope_samples
        decoder = _named_samples_decoder if text.startswith("[{") else _samples_decoder
        samples: tuple[Sample, ...] = decoder.decode(text)
        (bench,) = suite.benchmarks
        (run,) = bench.runs
        series = _series_decoder.decode(suite.metadata.gilscope_series)
        remarks = _remarks_decoder.decode(suite.metadata.gilscope_remarks)
    except msgspec.DecodeError as error:
        raise RunFormatError(f"not a pyperf result: {error}") from error
    except ValueError as error:
        raise RunFormatError("not exactly one pyperf run") from error
    if len(samples) != len(run.warmups) + len(run.values):
        raise RunFormatError("not one sample for each warm-up and value")
    calls = (*run.warmups, *((suite.metadata.loops, value) for value in run.values))
    for (loops, value), sample in zip(calls, samples, strict=True):
        # Both are one measurement, written twice: to the nanosecond, and divided by the loops.
        if not math.isclose(loops * value, sample.wall_s, rel_tol=1e-9, abs_tol=1e-9):
            raise RunFormatError(
                f"{loops} loops of {value:g} s are not the {sample.wall_s:g} s of their sample"
            )
    jit, pinned = suite.metadata.gilscope_jit, suite.metadata.gilscope_pinned
    return RunData(
        name=suite.metadata.name,
        loops=suite.metadata.loops,
        values=run.values,
        warmups=run.warmups,
        samples=samples,
        checksum=suite.metadata.gilscope_checksum,
        is_gil_enabled=suite.metadata.gilscope_gil == "on",
        is_jit_enabled=None if jit is None else jit == "on",
        max_rss_bytes=suite.metadata.gilscope_max_rss,
        pss_bytes=suite.metadata.gilscope_pss,
        unpinned=None if pinned is None else pinned.removeprefix("yes"),
        series=series,
        remarks=remarks,
    )


def read_result(raw: bytes) -> RunData:
    """Decode what a worker has just written, as ``read_run``; no key may be there twice."""
    run = read_run(raw)
    if key := repeated_key(raw):
        raise RunFormatError(f"it has the key {key!r} twice")
    return run


def read_runs(outcomes: Iterable[Outcome]) -> Runs:
    """Decode the run of every outcome that succeeded; raises RunFormatError as ``read_run``."""
    good = (outcome for outcome in outcomes if outcome.status is Status.OK)
    return {outcome.job.key: read_run(outcome.run) for outcome in good}
