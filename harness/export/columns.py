"""What the columns of the exported tables are called, hold, and mean."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["ESTIMATES", "SPLITS", "TABLES", "VALUES", "Column", "Type", "framed"]


class Type(enum.StrEnum):
    """What a column holds, by the name pandas has for it; any of them may be missing."""

    TEXT = "string"
    INTEGER = "Int64"
    NUMBER = "float64"
    TRUTH = "boolean"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Column:
    """A column of an exported table."""

    name: str
    type: Type
    meaning: str
    unit: str = ""


def _texts(**meanings: str) -> tuple[Column, ...]:
    return tuple(
        Column(name=name, type=Type.TEXT, meaning=meaning) for name, meaning in meanings.items()
    )


def _integers(**meanings: str) -> tuple[Column, ...]:
    return tuple(
        Column(name=name, type=Type.INTEGER, meaning=meaning) for name, meaning in meanings.items()
    )


def _truths(**meanings: str) -> tuple[Column, ...]:
    return tuple(
        Column(name=name, type=Type.TRUTH, meaning=meaning) for name, meaning in meanings.items()
    )


def _numbers(unit: str, **meanings: str) -> tuple[Column, ...]:
    return tuple(
        Column(name=name, type=Type.NUMBER, meaning=meaning, unit=unit)
        for name, meaning in meanings.items()
    )


_WHERE = (
    *_texts(
        workload="what was run",
        mode="`threads`, `serial`, `processes`, `interpreters` or `asyncio`",
    ),
    *_integers(threads="how often it ran at once"),
    *_texts(benchmark="the three together, as pyperf names it: `factorize/threads=4`"),
)
_JUDGED = (
    *_numbers(
        "",
        point="the estimate, in the row's own unit",
        low="lower end of its interval; missing where the data allow none",
        high="upper end",
        level="level of the interval, such as 0.95",
    ),
    *_integers(n="processes or blocks that it rests on"),
    *_texts(
        method="how the interval was calculated",
        decision="`faster`, `slower`, `equivalent`, `unresolved`; missing where nothing is judged",
    ),
    *_numbers(
        "",
        p_family="p-value of no difference at all, after Holm's correction",
        threshold="relative difference below which none matters",
        smallest_detectable="relative difference that would have been found in four of five",
    ),
)
VALUES: tuple[Column, ...] = (
    *_texts(experiment="id", variant="label of the interpreter and its environment"),
    *_WHERE,
    *_integers(block="block of the process, from 1", position="its place in the block, from 0"),
    *_truths(is_estimated="whether estimates rest on it: they take complete blocks only"),
    *_integers(process="number of the process among those that succeeded, from 0"),
    *_texts(started="when the process was started, UTC, ISO 8601"),
    *_truths(is_gil_enabled="state of the GIL after the work", is_jit_enabled="that of the JIT"),
    *_integers(value_index="place of the value in its process, from 0: warm-ups come first"),
    *_truths(is_warmup="whether it is left out of the estimates as a warm-up"),
    *_integers(loops="loops that the value was measured over"),
    *_numbers(
        "s",
        value_s="time of one loop",
        cpu_s="CPU time of the process for one loop",
        start_skew_s="from the first thread's start to the last one's, of all loops together",
        stop_skew_s="from the first thread's end to the last one's",
    ),
    *_integers(
        voluntary_switches="context switches of all loops, because a thread waited",
        involuntary_switches="the same, because its time was up",
        collections="garbage collections of all loops",
    ),
    Column(name="max_rss_bytes", type=Type.INTEGER, unit="B", meaning="peak memory of the process"),
    *_numbers("", load_1min="load average at the start", others_cpus="CPUs that others kept busy"),
    *_numbers("s", canary_s="fixed piece of work right before the process: the machine's speed"),
)
ESTIMATES: tuple[Column, ...] = (
    *_texts(experiment="id", variant="label of the interpreter and its environment"),
    *_WHERE,
    *_texts(quantity="what is estimated, see below", unit="its unit; missing for ratios"),
    *_JUDGED,
)
SPLITS: tuple[Column, ...] = (
    *_texts(experiment="id"),
    *_WHERE,
    *_texts(
        gil="label of the build with the GIL",
        free_threaded="label of the free-threaded build",
        free_threaded_gil="label of the same binary with the GIL on; missing if not measured",
        part="`tax`, `removal` or `net`: a ratio of times, above 1 is slower",
    ),
    *_JUDGED,
    *_texts(differences="what else differs between the two builds; `;` between them"),
)
TABLES: Mapping[str, tuple[Column, ...]] = {
    "values": VALUES,
    "estimates": ESTIMATES,
    "splits": SPLITS,
}


def framed(columns: Iterable[Column], data: Mapping[str, object]) -> pd.DataFrame:
    """Return a frame with just these columns, each of its type, be there rows or none."""
    return pd.DataFrame(
        {column.name: pd.Series(data[column.name], dtype=column.type.value) for column in columns}
    )
