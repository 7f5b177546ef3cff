"""The journal's lines: an outcome each, with a checksum at the end."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

import msgspec

from harness.errors import StoreError, os_error_as
from harness.files import open_plain
from harness.model import Outcome, Status
from harness.model.plans import PILOT
from harness.storage.checksum import repeated_key, sealed, unsealed
from harness.storage.consistency import complaint_about_outcome
from harness.storage.worker_result import read_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from harness.model import Cell, Plan
    from harness.storage.worker_result import RunData, Runs

__all__ = ["JOURNAL", "UNREADABLE", "Content", "encoded", "outcome_of", "read"]

JOURNAL = "journal.jsonl"
_MAX_NAMED = 10
_MAX_LINE_BYTES = 64_000_000
"""Several times the largest result of a worker."""

_decoder = msgspec.json.Decoder(Outcome)
_encoder = msgspec.json.Encoder()
UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""The errors of decoding: no JSON, JSON of another shape, endless brackets, changed content."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Content:
    """The content of a journal."""

    outcomes: tuple[Outcome, ...]
    """In the order they were written."""
    runs: Runs
    """The outcomes' decoded runs, by the key of the job."""
    torn_bytes: int
    """Length of an unfinished last line that was dropped, 0 when there was none."""
    repeated: tuple[int, ...]
    """Numbers of lines that were dropped because an earlier one has the same job."""


def encoded(outcomes: Iterable[Outcome]) -> bytes:
    """Return the lines of outcomes."""
    return b"".join(sealed(_encoder.encode(outcome)) + b"\n" for outcome in outcomes)


def outcome_of(line: bytes) -> Outcome:
    """Return the outcome of a line that was written here."""
    return _decoder.decode(unsealed(line))


def read(folder: Path, plan: Plan) -> Content:
    """Read the journal in ``folder``; raise StoreError naming the line that is malformed.

    A torn last line is dropped, and all but the first line of a job that is run only once.
    """
    cells = set(plan.cells)
    outcomes: list[Outcome] = []
    runs: dict[tuple[bool, int, Cell], RunData] = {}
    seen: set[tuple[tuple[bool, int, Cell], bytes]] = set()
    repeated: list[int] = []
    rest = b""
    damaged: dict[int, str] = {}
    for number, line in enumerate(_lines(folder / JOURNAL), start=1):
        if not line.endswith(b"\n") and len(line) < _MAX_LINE_BYTES:
            rest = line  # and there is no other line
            break
        outcome, run, complaint = _decoded(line, plan, cells)
        if outcome is None:
            damaged[number] = complaint
            continue
        key = outcome.job.key
        # A pilot that failed or is in doubt is run again, but then its times are others.
        mark = (key, line if outcome.job.block == PILOT else b"")
        if mark in seen:
            repeated.append(number)
            continue
        seen.add(mark)
        outcomes.append(outcome)
        if run is not None:
            runs[key] = run
    if damaged:
        raise _refusal(folder, damaged)
    return Content(
        outcomes=tuple(outcomes), runs=runs, torn_bytes=len(rest), repeated=tuple(repeated)
    )


def _decoded(
    line: bytes, plan: Plan, cells: set[Cell]
) -> tuple[Outcome | None, RunData | None, str]:
    """Return the outcome of a line and its run, or why it is damaged."""
    try:
        document = unsealed(line)
        outcome = _decoder.decode(document)
        # With a checksum the line is as it was written; decoding takes the last of equal keys.
        if document is line and (key := repeated_key(line)):
            return None, None, f"it has the key {key!r} twice"
        run = read_run(outcome.run) if outcome.status is Status.OK else None
    except UNREADABLE as error:
        return None, None, str(error)
    if complaint := complaint_about_outcome(outcome, run, plan=plan, cells=cells):
        return None, None, complaint
    return outcome, run, ""


def _lines(journal: Path) -> Iterator[bytes]:
    """Yield the lines with their line breaks: the whole file is never in memory twice."""
    with (
        os_error_as(StoreError, f"{journal} cannot be read"),
        contextlib.suppress(FileNotFoundError),
        open_plain(journal) as file,
    ):
        while line := file.readline(_MAX_LINE_BYTES):
            yield line


def _refusal(folder: Path, damaged: dict[int, str]) -> StoreError:
    first, *others = damaged
    named = ", ".join(map(str, others[:_MAX_NAMED]))
    more = f" and {len(others) - _MAX_NAMED} more" if len(others) > _MAX_NAMED else ""
    also = f", and so are lines {named}{more}" if others else ""
    them, its = ("these lines", "their jobs") if others else ("that line", "its job")
    return StoreError(
        f"{folder / JOURNAL}, line {first} is damaged ({damaged[first]}){also}: restore the file "
        f"from a copy, or remove {them} to give up {its}; --resume {folder.name} measures the "
        "group again"
    )
