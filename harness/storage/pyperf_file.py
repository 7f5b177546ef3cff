"""Any pyperf JSON file → what is used of it: for each benchmark the values of each process."""

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
"""What no time, size or count is below or above: ratios and their intervals stay numbers."""
_FACTS = (
    "hostname",
    "cpu_model_name",
    "platform",
    "python_version",
    "python_executable",
    "python_implementation",
    "date",
)
_MAX_LENGTH = 2_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class PyperfBenchmark:
    """One benchmark; the values of calibration runs are left out, as there are none."""

    name: str
    unit: str
    """``second``, ``byte``, ``integer`` or whatever else the file says."""
    inner_loops: int
    """How often the measured statement is repeated in the code itself."""
    runs: tuple[tuple[float, ...], ...]
    """The values of each process, for one execution of the statement."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class PyperfFile:
    """What a pyperf file holds, in its own order."""

    path: Path
    benchmarks: tuple[PyperfBenchmark, ...]
    facts: tuple[tuple[str, str], ...]
    """What all its processes agree about: ``hostname``, ``cpu_model_name``, ``platform``,
    ``python_version``, ``python_executable``, ``python_implementation``; and the first ``date``."""

    def fact(self, name: str) -> str:
        """Return what the file says of ``name``; nothing where it is silent or undecided."""
        return dict(self.facts).get(name, "")


# Metadata of other names is skipped by the decoder; that of these names must be of a sound type.
class _Metadata(msgspec.Struct):
    name: str | None = None
    unit: str | None = None
    inner_loops: int | None = None
    hostname: str | None = None
    cpu_model_name: str | None = None
    platform: str | None = None
    python_version: str | None = None
    python_executable: str | None = None
    python_implementation: str | None = None
    date: str | None = None


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
    """Return whether ``name`` means a pyperf file rather than an experiment."""
    return name.endswith((".json", ".json.gz"))


def load(path: Path, *, max_bytes: int = MAX_BYTES) -> PyperfFile:
    """Read a pyperf file, unpacking it when its name ends in ``.gz``.

    Raises StoreError that names what is wrong, and where.
    """
    suite = _decoded(path, _read(path, max_bytes))
    if suite.version not in _VERSIONS:
        raise StoreError(
            f"{path} has pyperf's file format {str(suite.version)[:40]!r}; read are 5, 6 and 1.0: "
            f"write it again with pyperf convert"
        )
    if not suite.benchmarks:
        raise StoreError(f"{path} holds no benchmark")
    benchmarks, metadata = [], []
    for number, found in enumerate(suite.benchmarks, start=1):
        commons = [suite.metadata, found.metadata, found.common_metadata]
        merged = [_merged(commons, run.metadata) for run in found.runs]
        benchmarks.append(_benchmark(path, number, found.runs, merged))
        metadata += merged
    _refuse_twice(path, benchmarks)
    return PyperfFile(path=path, benchmarks=tuple(benchmarks), facts=_facts(metadata))


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            chunks, size = [], 0
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    raise StoreError(
                        f"{path} holds more than {max_bytes // 2**20} MiB: leave out benchmarks "
                        f"with pyperf convert --include-benchmark"
                    )
                chunks.append(chunk)
    except EOFError as error:
        raise StoreError(f"{path} is cut short: its compressed data does not end") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise StoreError(f"{path} cannot be unpacked: {error}") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        said = getattr(error, "strerror", None) or error
        raise StoreError(f"{path} cannot be read: {said}") from error
    return b"".join(chunks)


def _decoded(path: Path, data: bytes) -> _Suite:
    if data.count(b",") > _MAX_ITEMS:
        raise StoreError(f"{path} holds more than {_MAX_ITEMS} items: leave out benchmarks")
    try:
        try:
            return _decoder.decode(data)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            # pyperf writes what JSON does not have; decoded, it can be named.
            if b"NaN" not in data and b"Infinity" not in data:
                raise
            return msgspec.convert(json.loads(data), _Suite)
    except msgspec.ValidationError as error:
        raise StoreError(f"{path} is no pyperf result: {error}") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise StoreError(f"{path} is not JSON: {error}") from error
    except RecursionError as error:
        raise StoreError(f"{path} is no pyperf result: it is nested too deeply") from error


def _merged(commons: list[_Metadata | None], own: _Metadata | None) -> dict[str, Any]:
    """Return a run's metadata: its own before the benchmark's before the suite's."""
    merged: dict[str, Any] = {}
    for one in (*commons, own):
        if one is not None:
            known = msgspec.structs.asdict(one)
            merged |= {name: value for name, value in known.items() if value is not None}
    return merged


def _benchmark(
    path: Path, number: int, runs: list[_Run], metadata: list[dict[str, Any]]
) -> PyperfBenchmark:
    names = [str(one["name"])[:_MAX_LENGTH] for one in metadata if one.get("name")]
    if not names:
        raise StoreError(f"{path}: benchmark {number} has no name or no run")
    name = names[0]
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
        if len({one.get(key) for one in metadata}) > 1:
            raise StoreError(f"{where}: its runs do not agree about their {key}")
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
                f"{where} holds the value {value:g}: values are above 0, from {_MIN_VALUE} to "
                f"{_MAX_VALUE}"
            )


def _refuse_twice(path: Path, benchmarks: list[PyperfBenchmark]) -> None:
    for name, count in collections.Counter(one.name for one in benchmarks).items():
        if count > 1:
            raise StoreError(f"{path} holds {count} benchmarks called {name!r}: rename the others")


def _facts(metadata: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    found = []
    for name in _FACTS:
        said = [str(one[name])[:_MAX_LENGTH] for one in metadata if one.get(name)]
        if name == "date" and said:
            found.append((name, min(said)))
        elif len(set(said)) == 1:
            found.append((name, said[0]))
    return tuple(found)
