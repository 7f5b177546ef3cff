"""pyperf's file formats, 1 of 2016 to today's 1.0 → one shape.

pyperf itself reads 5, 6 and 1.0. No release that converts the others can be installed any more, so
they are read here, as the perf of their time read them.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Benchmark", "Facts", "Metadata", "Run", "Suite", "decoded", "way_to_split"]

_MAX_ITEMS = 20_000_000
"""No file has more items: decoded they take many times the room of their text."""
_CURRENT: tuple[int | str, ...] = (4, 5, 6, "1.0")
_OLD = (1, 2, 3)


# The decoder skips other metadata; that of these names must have the right type.
class Facts(msgspec.Struct):
    """The metadata that a comparison looks at, of pyperf and of our own exports."""

    hostname: str | None = None
    cpu_model_name: str | None = None
    platform: str | None = None
    python_version: str | None = None
    python_executable: str | None = None
    python_implementation: str | None = None
    python_config_args: str | None = None
    date: str | None = None
    gilscope_experiment: str | None = None
    gilscope_variant: str | None = None
    gilscope_gil: str | None = None
    gilscope_free_threaded_build: str | None = None


class Metadata(Facts):
    """The metadata that change what a value means."""

    name: str | None = None
    unit: str | None = None
    inner_loops: int | None = None
    gilscope_block: int | None = None


class Run(msgspec.Struct):
    """One process: its values are for one execution of the statement."""

    values: list[float] | None = None
    samples: list[float] | None = None
    """The values, before format 6."""
    metadata: Metadata | None = None


class Benchmark(msgspec.Struct):
    """One benchmark."""

    runs: list[Run]
    metadata: Metadata | None = None
    common_metadata: Metadata | None = None
    """The metadata, before format 6."""


class Suite(msgspec.Struct):
    """A file."""

    benchmarks: list[Benchmark]
    version: Any = None
    metadata: Metadata | None = None


class _OldMetadata(Metadata):
    loops: int | None = None


class _OldRun(msgspec.Struct):
    raw_samples: list[float] | None = None
    """Times of all loops together, those of the warm-up first."""
    samples: list[float] | None = None
    warmups: Any = None
    """How many of the ``raw_samples`` are warm-up; beside ``samples``, the warm-ups themselves."""
    loops: int | None = None
    inner_loops: int | None = None
    metadata: _OldMetadata | None = None


class _OldBenchmark(msgspec.Struct):
    runs: list[_OldRun | list[float]]
    name: str | None = None
    loops: int | None = None
    inner_loops: int | None = None
    warmups: int | None = None
    metadata: _OldMetadata | None = None
    common_metadata: _OldMetadata | None = None


class _OldSuite(msgspec.Struct):
    version: int
    benchmarks: list[_OldBenchmark] | dict[str, _OldBenchmark] | None = None
    benchmark: _OldBenchmark | None = None


class _Version(msgspec.Struct):
    version: Any = None


def way_to_split(path: Path) -> str:
    """Return the command that makes a smaller file of a large one."""
    return (
        f"split it with python -m pyperf convert {shlex.quote(str(path))} "
        "--include-benchmark NAME -o PART.json"
    )


def decoded(path: Path, data: bytes) -> Suite:
    """Return the content of the file ``path``; raises StoreError."""
    if data.count(b",") > _MAX_ITEMS:
        raise StoreError(f"{path} has more than {_MAX_ITEMS} items: {way_to_split(path)}")
    try:
        version = _as(data, _Version).version
        if type(version) is int and version in _OLD:
            return _suite_of(_as(data, _OldSuite))
        suite: Suite = _as(data, Suite)
    except msgspec.ValidationError as error:
        raise StoreError(f"{path} is not a pyperf result: {error}") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise StoreError(f"{path} is not JSON: {error}") from error
    except RecursionError as error:
        raise StoreError(f"{path} is not a pyperf result: it is nested too deeply") from error
    if suite.version not in _CURRENT:
        raise StoreError(
            f"{path} has the file format {str(suite.version)[:40]!r}, which pyperf does not have: "
            "formats 1 to 6 and 1.0 are read; pyperf has written 1.0 since 2017"
        )
    return suite


def _as(data: bytes, kind: type[Any]) -> Any:  # noqa: ANN401 - a value of that type
    # pyperf writes what JSON does not have; decoded, it can be named.
    if b"NaN" in data or b"Infinity" in data:
        return msgspec.convert(json.loads(data), kind)
    return msgspec.json.decode(data, type=kind)


def _suite_of(old: _OldSuite) -> Suite:
    benchmarks = [_benchmark_of(benchmark, name) for name, benchmark in _named(old)]
    return Suite(benchmarks=benchmarks, version=old.version)


def _named(old: _OldSuite) -> Iterator[tuple[str, _OldBenchmark]]:
    """Yield each benchmark, and the name that its place in the file gives it."""
    if old.benchmark is not None:
        # perf 0.5 named a benchmark without a name so.
        yield "benchmark", old.benchmark
    elif isinstance(old.benchmarks, dict):
        yield from old.benchmarks.items()
    else:
        yield from (("", benchmark) for benchmark in old.benchmarks or ())


def _benchmark_of(old: _OldBenchmark, place: str) -> Benchmark:
    common = old.metadata or old.common_metadata or _OldMetadata()
    name = old.name or common.name or place or None
    return Benchmark(
        runs=[_run_of(run, old, common) for run in old.runs],
        metadata=msgspec.structs.replace(common, name=name),
    )


def _run_of(run: _OldRun | list[float], old: _OldBenchmark, common: _OldMetadata) -> Run:
    if isinstance(run, list):
        run = _OldRun(raw_samples=run, warmups=old.warmups)
    if run.samples is not None:  # already for one loop
        return Run(values=run.samples, metadata=run.metadata)
    own = run.metadata or _OldMetadata()
    loops = run.loops or own.loops or old.loops or common.loops or 1
    inner = run.inner_loops or own.inner_loops or old.inner_loops or common.inner_loops or 1
    skipped = run.warmups if isinstance(run.warmups, int) else 0
    values = [raw / (loops * inner) for raw in (run.raw_samples or [])[skipped:]]
    return Run(values=values, metadata=msgspec.structs.replace(own, inner_loops=inner))
