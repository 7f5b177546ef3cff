"""Every quantity once: its names, unit, meaning and getter.

From these tables come ``--json``, the exported estimates, the tables of the page with their CSV,
and the lists in ``docs/json.md`` and ``docs/export.md``. To add a number of each process, write
it down in ``process_measures.MEANS`` and add its quantity to ``CELL``.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from harness.analysis.results.process_measures import COLD_RATIO, CORES_USED

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.analysis.results.experiment import CellResult, MemoryResult, NoteResult, Split
    from harness.analysis.results.scaling_laws import LawResult
    from harness.analysis.results.scaling_laws import SharingCost, Throughput
    from harness.model import Estimate, Verdict

__all__ = [
    "CELL",
    "LAW",
    "MEMORY",
    "NOTE",
    "SHARING",
    "SPLIT",
    "THROUGHPUT",
    "Entries",
    "Form",
    "Judgement",
    "Quantity",
    "estimated",
    "judgements",
    "keyed",
]

R = TypeVar("R")


class Form(enum.Enum):
    """What kind of number it is: decides how the page writes it."""

    FACTOR = enum.auto()
    """A ratio of two times, 1 where they are equal."""
    AMOUNT = enum.auto()
    SECONDS = enum.auto()
    BYTES = enum.auto()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Judgement(Generic[R]):
    """A verdict on a quantity of the same table."""

    on: str
    """The quantity's key."""
    key: str
    """In JSON."""
    of: Callable[[R], Verdict | None]
    meaning: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Quantity(Generic[R]):
    """Something that is estimated."""

    key: str
    """In JSON, and in the CSV of the page."""
    of: Callable[[R], Estimate | None]
    meaning: str
    unit: str = ""
    exported_as: str = ""
    """Its name in the exported table of estimates; empty for its key."""
    is_in_json: bool = True
    title: str = ""
    """Heading on the page; empty for what is not in its table."""
    hint: str = ""
    form: Form = Form.FACTOR

    @property
    def name(self) -> str:
        """Return its name in the exported table of estimates."""
        return self.exported_as or self.key


Entries: TypeAlias = tuple[Quantity[R] | Judgement[R], ...]
"""The quantities and verdicts of one type of result, in the order of JSON."""
CELL: Entries[CellResult] = (
    Quantity(
        key="time_s",
        exported_as="time",
        of=lambda cell: cell.time_s,
        unit="s",
        meaning="time of one loop",
        title="Time per loop",
        hint="Typical time with its interval",
        form=Form.SECONDS,
    ),
    Quantity(
        key="speedup",
        of=lambda cell: cell.speedup,
        meaning="over one thread of the same variant and mode; 1 by definition with one thread",
        title="Speed-up",
        hint="Against one thread of the same variant, or one after another",
    ),
    Quantity(
        key="speedup_all",
        of=lambda cell: cell.speedup_all,
        meaning="the same from all rounds, calm or not",
    ),
    Quantity(
        key="band",
        exported_as="speedup_band",
        of=lambda cell: cell.band,
        meaning="the speed-up with its part of the curve's simultaneous band",
    ),
    Judgement(
        on="speedup",
        key="speedup_verdict",
        of=lambda cell: cell.speedup_verdict,
        meaning="on the time against one thread",
    ),
    Quantity(
        key="efficiency",
        of=lambda cell: cell.efficiency,
        meaning="speed-up ÷ threads",
        title="Efficiency",
        hint="Speed-up divided by threads",
        form=Form.AMOUNT,
    ),
    Quantity(
        key="ratio",
        of=lambda cell: cell.ratio,
        meaning="time ÷ the baseline's time",
        title="Against baseline",
        hint="Time divided by the baseline's: below 1 is faster",
    ),
    Quantity(
        key="ratio_all",
        of=lambda cell: cell.ratio_all,
        meaning="the same from all rounds, calm or not",
    ),
    Judgement(on="ratio", key="verdict", of=lambda cell: cell.verdict, meaning="on the ratio"),
    Quantity(
        key="ratio_sign",
        of=lambda cell: cell.ratio_sign,
        meaning="the median ratio with the interval of the sign test",
    ),
    Quantity(
        key="cores_used",
        of=lambda cell: cell.mean(CORES_USED),
        unit="CPUs",
        meaning="CPU time ÷ wall time",
        title="Cores used",
        hint="CPU time divided by elapsed time",
        form=Form.AMOUNT,
    ),
    Quantity(
        key="cold_ratio",
        of=lambda cell: cell.mean(COLD_RATIO),
        meaning="first value of a process ÷ its later ones",
        is_in_json=False,
        title="First ÷ steady",
        hint="First value of a process against its later ones",
    ),
)
THROUGHPUT: tuple[Quantity[Throughput], ...] = (
    Quantity(
        key="relative",
        exported_as="throughput",
        of=lambda rate: rate.relative,
        meaning="work per second ÷ that of the baseline with one thread",
    ),
)
SHARING: Entries[SharingCost] = (
    Quantity(
        key="cost",
        exported_as="sharing_cost",
        of=lambda cost: cost.cost,
        meaning="of a shared arm: its time ÷ that of the private one",
    ),
    Judgement(on="cost", key="verdict", of=lambda cost: cost.verdict, meaning="on the cost"),
)
MEMORY: tuple[Quantity[MemoryResult], ...] = (
    Quantity(
        key="peak_rss_bytes",
        exported_as="peak_rss",
        of=lambda memory: memory.peak_rss_bytes,
        unit="B",
        meaning="peak resident set, of the memory pass",
        title="Peak RSS",
        hint="Resident set, mean over processes",
        form=Form.BYTES,
    ),
    Quantity(
        key="pss_bytes",
        exported_as="pss",
        of=lambda memory: memory.pss_bytes,
        unit="B",
        meaning="proportional set at the end, of the memory pass",
        title="PSS at the end",
        hint="Proportional set, mean over processes",
        form=Form.BYTES,
    ),
)
NOTE: tuple[Quantity[NoteResult], ...] = (
    Quantity(key="mean", of=lambda note: note.mean, meaning="per noted value"),
    Quantity(
        key="share",
        of=lambda note: note.share,
        meaning="part of all that is counted, such as missed deadlines of all responses",
    ),
    Quantity(key="p50", of=lambda note: note.p50, unit="s", meaning="median"),
    Quantity(key="p90", of=lambda note: note.p90, unit="s", meaning="90th percentile"),
    Quantity(key="p99", of=lambda note: note.p99, unit="s", meaning="99th percentile"),
)
"""Of what workloads note themselves: the exported name is ``<name of the note>.<this>``."""
LAW: tuple[Quantity[LawResult], ...] = (
    Quantity(key="alpha", of=lambda law: law.alpha, meaning="of Amdahl's law or USL"),
    Quantity(key="beta", of=lambda law: law.beta, meaning="of the USL"),
)
"""Of a whole curve."""
SPLIT: Entries[Split] = (
    Quantity(
        key="tax",
        of=lambda split: split.tax,
        meaning="time of the free-threaded build with its GIL on ÷ time of the GIL build",
    ),
    Quantity(
        key="removal",
        of=lambda split: split.removal,
        meaning="time of the free-threaded build ÷ its time with the GIL on",
    ),
    Quantity(
        key="net",
        of=lambda split: split.net,
        meaning="time of the free-threaded build ÷ time of the GIL build",
    ),
    Judgement(
        on="tax", key="tax_verdict", of=lambda split: split.tax_verdict, meaning="on the tax"
    ),
    Judgement(
        on="removal",
        key="removal_verdict",
        of=lambda split: split.removal_verdict,
        meaning="on the removal",
    ),
    Judgement(
        on="net", key="net_verdict", of=lambda split: split.net_verdict, meaning="on the net"
    ),
)


def estimated(entries: Entries[R]) -> tuple[Quantity[R], ...]:
    """Return the quantities of a table, without its judgements."""
    return tuple(entry for entry in entries if isinstance(entry, Quantity))


def judgements(entries: Entries[R]) -> dict[str, Callable[[R], Verdict | None]]:
    """Return the key of each quantity that is judged → getter of the verdict."""
    return {entry.on: entry.of for entry in entries if isinstance(entry, Judgement)}


def keyed(entries: Entries[R], result: R) -> dict[str, Estimate | Verdict | None]:
    """Return what JSON has of a result: key → estimate or verdict."""
    return {
        entry.key: entry.of(result)
        for entry in entries
        if not isinstance(entry, Quantity) or entry.is_in_json
    }
