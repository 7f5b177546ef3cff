"""A column of an exported table: its name, type, unit, meaning and getter in one place."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.model import Benchmark, Estimate, Verdict

__all__ = ["EXPERIMENT", "JUDGED", "PLACE", "VARIANT", "Column", "Place", "Type", "framed"]

R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)


class Type(enum.StrEnum):
    """Type of a column, by pandas' name; all of them allow missing values."""

    TEXT = "string"
    INTEGER = "Int64"
    NUMBER = "float64"
    TRUTH = "boolean"


@dataclasses.dataclass(frozen=True)
class Column(Generic[R_contra]):
    """A column of an exported table."""

    name: str
    type: Type
    meaning: str
    of: Callable[[R_contra], object]
    """Getter of the value of a row; ``None`` is missing."""
    unit: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """The subject of a row. A law is about a whole curve: any number of threads."""

    experiment: str
    variant: str = ""
    workload: str
    mode: str
    threads: int | None = None
    benchmark: str | None = None

    @classmethod
    def of(cls, experiment: str, variant: str, benchmark: Benchmark) -> Self:
        """Return the place of a cell."""
        return cls(
            experiment=experiment,
            variant=variant,
            workload=benchmark.workload,
            mode=str(benchmark.mode),
            threads=benchmark.threads,
            benchmark=benchmark.name,
        )


class _Placed(Protocol):
    @property
    def place(self) -> Place: ...


class _Judged(Protocol):
    @property
    def estimate(self) -> Estimate: ...
    @property
    def verdict(self) -> Verdict | None: ...


_MODES = "`threads`, `serial`, `processes`, `interpreters` or `asyncio`"
_NAME = "the three together, as pyperf names it: `factorize/threads=4`"
_LABEL = "label of the interpreter and its environment"
EXPERIMENT = Column[_Placed]("experiment", Type.TEXT, "id", lambda row: row.place.experiment)
VARIANT = Column[_Placed]("variant", Type.TEXT, _LABEL, lambda row: row.place.variant)
PLACE: tuple[Column[_Placed], ...] = (
    Column("workload", Type.TEXT, "what was run", lambda row: row.place.workload),
    Column("mode", Type.TEXT, _MODES, lambda row: row.place.mode),
    Column("threads", Type.INTEGER, "how often it ran at once", lambda row: row.place.threads),
    Column("benchmark", Type.TEXT, _NAME, lambda row: row.place.benchmark),
)
_LOW = "lower end of its interval; missing where the data allow none"
_DECISIONS = "`faster`, `slower`, `equivalent`, `unresolved`; missing where nothing is judged"
_P = "p-value of no difference at all, after Holm's correction"
_MDE = "relative difference that would have been found in four of five"
_POINT = "the estimate, in the row's own unit"
_THRESHOLD = "relative difference below which none matters"
JUDGED: tuple[Column[_Judged], ...] = (
    Column("point", Type.NUMBER, _POINT, lambda row: row.estimate.point),
    Column("low", Type.NUMBER, _LOW, lambda row: row.estimate.low),
    Column("high", Type.NUMBER, "upper end", lambda row: row.estimate.high),
    Column(
        "level", Type.NUMBER, "level of the interval, such as 0.95", lambda row: row.estimate.level
    ),
    Column("n", Type.INTEGER, "processes or blocks that it rests on", lambda row: row.estimate.n),
    Column("method", Type.TEXT, "how the interval was calculated", lambda row: row.estimate.method),
    Column(
        "decision", Type.TEXT, _DECISIONS, lambda row: row.verdict and str(row.verdict.decision)
    ),
    Column("p_family", Type.NUMBER, _P, lambda row: row.verdict and row.verdict.p_family),
    Column("threshold", Type.NUMBER, _THRESHOLD, lambda row: row.verdict and row.verdict.threshold),
    Column(
        "smallest_detectable",
        Type.NUMBER,
        _MDE,
        lambda row: row.verdict and row.verdict.mde,
    ),
)


def framed(columns: Iterable[Column[R]], rows: Sequence[R]) -> pd.DataFrame:
    """Return a frame with these columns, each of its type, even without rows."""
    return pd.DataFrame(
        {
            column.name: pd.Series([column.of(row) for row in rows], dtype=column.type.value)
            for column in columns
        }
    )
