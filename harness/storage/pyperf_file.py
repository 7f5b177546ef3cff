"""Any pyperf JSON file → for each benchmark the values of each process."""

from __future__ import annotations

import collections
import dataclasses
import gzip
import math
import zlib
from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import StoreError
from harness.storage.pyperf_formats import Facts, decoded, way_to_split

if TYPE_CHECKING:
    from pathlib import Path

    from harness.storage.pyperf_formats import Metadata, Run

__all__ = ["MAX_BYTES", "PyperfBenchmark", "PyperfFile", "is_pyperf_file", "load"]

MAX_BYTES = 256 * 2**20
"""No file is larger, nor what a compressed one unpacks to."""
_CHUNK = 2**20
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
    blocks: tuple[int, ...]
    """The block of each process, in exports of ours; elsewhere its position."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class PyperfFile:
    """The content of a pyperf file, in its own order."""

    path: Path
    benchmarks: tuple[PyperfBenchmark, ...]
    facts: tuple[tuple[str, str], ...]
    """The metadata on which all its processes agree, and the first ``date``."""
    empty: tuple[str, ...] = ()
    """Benchmarks without a value: they were calibrated, and not measured."""

    def fact(self, name: str) -> str:
        """Return the fact called ``name``; empty if the processes have none or disagree."""
        return dict(self.facts).get(name, "")


def is_pyperf_file(name: str) -> bool:
    """Return whether ``name`` is that of a pyperf file and not of an experiment."""
    return name.endswith((".json", ".json.gz"))


def load(path: Path, *, max_bytes: int = MAX_BYTES) -> PyperfFile:
    """Read a pyperf file, unpacking it when its name ends in ``.gz``; raises StoreError."""
    suite = decoded(path, _read(path, max_bytes))
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
            raise StoreError(f"{path} has {count} benchmarks called {name!r}: rename all but one")
    measured = tuple(benchmark for benchmark in benchmarks if benchmark.runs)
    empty = tuple(benchmark.name for benchmark in benchmarks if not benchmark.runs)
    if not measured:
        where = f"{path}: benchmark {empty[0]!r}"
        raise StoreError(f"{where} has calibration runs only: no value was measured")
    return PyperfFile(path=path, benchmarks=measured, facts=_facts(metadata), empty=empty)


def _read(path: Path, max_bytes: int) -> bytes:
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            chunks, size = [], 0
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    raise StoreError(
                        f"{path} has more than {max_bytes // 2**20} MiB: {way_to_split(path)}"
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


def _merged(*layers: Metadata | None) -> dict[str, Any]:
    """Return a run's metadata; later layers win."""
    return {
        name: value
        for layer in layers
        if layer is not None
        for name, value in msgspec.structs.asdict(layer).items()
        if value is not None
    }


def _benchmark(
    path: Path, number: int, runs: list[Run], metadata: list[dict[str, Any]]
) -> PyperfBenchmark:
    name = next((facts["name"][:_MAX_LENGTH] for facts in metadata if facts.get("name")), "")
    if not name:
        raise StoreError(f"{path}: benchmark {number} has no name or no run")
    where = f"{path}: benchmark {name!r}"
    kept, known, blocks = [], [], []
    for position, (run, facts) in enumerate(zip(runs, metadata, strict=True), start=1):
        values = run.values or run.samples
        if values:
            _refuse_values(values, f"{where}, run {position}")
            kept.append(tuple(values))
            known.append(facts)
            blocks.append(facts.get("gilscope_block"))
    for key in ("name", "unit", "inner_loops"):
        if len({facts.get(key) for facts in known}) > 1:
            raise StoreError(f"{where}: its runs do not agree on their {key}")
    first = next(iter(known), {})
    return PyperfBenchmark(
        name=name,
        unit=str(first.get("unit") or "second")[:40],
        inner_loops=first.get("inner_loops") or 1,
        runs=tuple(kept),
        blocks=_numbered(blocks),
    )


def _numbered(blocks: list[int | None]) -> tuple[int, ...]:
    known = tuple(block for block in blocks if block is not None)
    is_usable = len(set(known)) == len(blocks)
    return known if is_usable else tuple(range(1, len(blocks) + 1))


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
    for name in Facts.__struct_fields__:
        texts = {own[name][:_MAX_LENGTH] for own in metadata if own.get(name)}
        if len(texts) == 1 or (name == "date" and texts):
            facts.append((name, min(texts)))
    return tuple(facts)
