"""Any pyperf JSON file → for each benchmark the values of each process."""

from __future__ import annotations

import collections
import dataclasses
import gzip
import json
import math
import zlib
from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MAX_BYTES", "PyperfBenchmark", "PyperfFile", "is_pyperf_file", "load"]

MAX_BYTES = 256 * 2**20
"""No file is larger, nor what a compressed one unpacks to."""
_MAX_ITEMS = 20_000_000
"""No file has more items: decoded they take many times the room of their text."""
_CHUNK = 2**20
_VERSIONS: tuple[int | str, ...] = (5, 6, "1.0")
_MIN_VALUE, _MAX_VALUE = 1e-18, 1e18
"""Bounds of all times, sizes and counts: ratios and their intervals stay finite numbers."""
_MAX_LENGTH = 2_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class PyperfBenchmark:
    """One benchmark; calibration runs have no values."""

    name: str
    unit: str
    """``second``, ``byte``, ``integer`` or another word of the file."""
    inner_loops: int
    """Repetitions of the measured statement in the code itself."""
    runs: tuple[tuple[float, ...], ...]
    """The values of each process, for one execution of the statement."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class PyperfFile:
    """The content of a pyperf file, in its own order."""

    path: Path
    benchmarks: tuple[PyperfBenchmark, ...]
    facts: tuple[tuple[str, str], ...]
    """The metadata on which all its processes agree, and the first ``date``."""

    def fact(self, name: str) -> str:
        """Return the fact called ``name``; empty if the processes have none or disagree."""
        return dict(self.facts).get(name, "")


# The decoder skips other metadata; that of these names must have the right type.
class _Facts(msgspec.Struct):
    hostname: str | None = None
    cpu_model_name: str | None = None
    platform: str | None = None
    python_version: str | None = None
    python_executable: str | None = None
    python_implementation: str | None = None
    date: str | None = None


class _Metadata(_Facts):
    name: str | None = None
    unit: str | None = None
    inner_loops: int | None = None


class _Run(msgspec.Struct):
    values: list[float] | None = None
    samples: list[float] | None = None
    """The values, before pyperf 0.9.6."""
    metadata: _Metadata | None = None


class _Benchmark(msgspec.Struct):
    runs: list[_Run]
    metadata: _Metadata | None = None
    common_metadata: _Metadata | None = None
    """The metadata, before pyperf 0.9.6."""


class _Suite(msgspec.Struct):
    benchmarks: list[_Benchmark]
    version: Any = None
    metadata: _Metadata | None = None


_decoder = msgspec.json.Decoder(_Suite)


def is_pyperf_file(name: str) -> bool:
    """Return whether ``name`` is that of a pyperf file and not of an experiment."""
    return name.endswith((".json", ".json.gz"))


def load(path: Path, *, max_bytes: int = MAX_BYTES) -> PyperfFile:
    """Read a pyperf file, unpacking it when its name ends in ``.gz``; raises StoreError."""
    suite = _decoded(path, _read(path, max_bytes))
    if suite.version not in _VERSIONS:
        raise StoreError(
            f"{path} has pyperf's file format {str(suite.version)[:40]!r}; read are 5, 6 and 1.0: "
            f"write it again with pyperf convert"
        )
    if not suite.benchmarks:
        raise StoreError(f"{path} has no benchmark")
    benchmarks, metadata = [], []
    for number, benchmark in enumerate(suite.benchmarks, start=1):
        commons = [suite.metadata, benchmark.metadata, benchmark.common_metadata]
        merged = [_merged(*commons, run.metadata) for run in benchmark.runs]
        benchmarks.append(_benchmark(path, number, benchmark.runs, merged))
        metadata += merged
    for name, count in collections.Counter(benchmark.name for benchmark in benchmarks).items():
        if count > 1:
            raise StoreError(f"{path} has {count} benchmarks called {name!r}: rename the others")
    return PyperfFile(path=path, benchmarks=tuple(benchmarks), facts=_facts(metadata))


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            chunks, size = [], 0
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    raise StoreError(
                        f"{path} has more than {max_bytes // 2**20} MiB: leave out benchmarks "
                        f"with pyperf convert --include-benchmark"
                    )
                chunks.append(chunk)
    except EOFError as error:
        raise StoreError(f"{path} is cut short: its compressed data does not end") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise StoreError(f"{path} cannot be unpacked: {error}") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise StoreError(f"{path} cannot be read: {reason}") from error
    return b"".join(chunks)


def _decoded(path: Path, data: bytes) -> _Suite:
    if data.count(b",") > _MAX_ITEMS:
        raise StoreError(f"{path} has more than {_MAX_ITEMS} items: leave out benchmarks")
    try:
        # pyperf writes what JSON does not have; decoded, it can be named.
        if b"NaN" in data or b"Infinity" in data:
            return msgspec.convert(json.loads(data), _Suite)
        return _decoder.decode(data)
    except msgspec.ValidationError as error:
        raise StoreError(f"{path} is not a pyperf result: {error}") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise StoreError(f"{path} is not JSON: {error}") from error
    except RecursionError as error:
        raise StoreError(f"{path} is not a pyperf result: it is nested too deeply") from error


def _merged(*layers: _Metadata | None) -> dict[str, Any]:
    """Return a run's metadata; later layers win."""
    return {
        name: value
        for layer in layers
        if layer is not None
        for name, value in msgspec.structs.asdict(layer).items()
        if value is not None
    }


def _benchmark(
    path: Path, number: int, runs: list[_Run], metadata: list[dict[str, Any]]
) -> PyperfBenchmark:
    name = next((facts["name"][:_MAX_LENGTH] for facts in metadata if facts.get("name")), "")
    if not name:
        raise StoreError(f"{path}: benchmark {number} has no name or no run")
    where = f"{path}: benchmark {name!r}"
    kept = []
    for position, run in enumerate(runs, start=1):
        values = run.values or run.samples
        if values:
            _refuse_values(values, f"{where}, run {position}")
            kept.append(tuple(values))
    if not kept:
        raise StoreError(f"{where} has calibration runs only: no value was measured")
    for key in ("name", "unit", "inner_loops"):
        if len({facts.get(key) for facts in metadata}) > 1:
            raise StoreError(f"{where}: its runs do not agree on their {key}")
    return PyperfBenchmark(
        name=name,
        unit=str(metadata[0].get("unit") or "second")[:40],
        inner_loops=metadata[0].get("inner_loops") or 1,
        runs=tuple(kept),
    )


def _refuse_values(values: list[float], where: str) -> None:
    for value in values:
        # A logarithm is taken of each, and sums of them must not overflow.
        if not (_MIN_VALUE < value < _MAX_VALUE and math.isfinite(value)):
            raise StoreError(
                f"{where} has the value {value:g}: values are above 0, from {_MIN_VALUE} to "
                f"{_MAX_VALUE}"
            )


def _facts(metadata: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    facts = []
    for name in _Facts.__struct_fields__:
        texts = {own[name][:_MAX_LENGTH] for own in metadata if own.get(name)}
        if len(texts) == 1 or (name == "date" and texts):
            facts.append((name, min(texts)))
    return tuple(facts)
