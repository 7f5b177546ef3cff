"""The progress of getting interpreters and of measuring, on standard error only."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

from harness.analysis.live.alarms import Alarm
from harness.model import Status
from harness.model.plans import PILOT
from harness.terminal_width import fitted, terminal_width
from harness.wording import count, duration, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.analysis.live.alarms import Alert
    from harness.execution.scheduler import Step
    from harness.interpreters import Progress

__all__ = ["Screen", "screen"]

PLAIN_EVERY_S = 20.0

_ALARMS = {
    Alarm.CANARY: "this machine was {:.0%} slower just now than its median so far",
    Alarm.STEAL: "the host took {:.0%} of the CPU time away during this job",
    Alarm.OTHERS: "other programs kept {:.1f} CPUs busy during this job",
    Alarm.HEAT: "the processor is at {:.0f} °C and may slow down to cool",
}


class Screen:
    """Standard error, with one line that changes when it is a terminal."""

    def __init__(self, console: Console, live: Live | None) -> None:
        """Write to ``console``; ``live`` is the changing line, ``None`` when plain."""
        self._console = console
        self._live = live
        self._last_plain = 0.0
        self._last_phase = ""
        self.answer = ""

    def say(self, text: str) -> None:
        """Print a line that stays."""
        # It may quote files, labels and exceptions: no character of theirs moves the cursor.
        width = terminal_width(sys.stderr) if self._live is not None else None
        line = fitted(printable(text, keep="\n\u00a0"), width)
        self._console.print(Text(line), soft_wrap=True)

    def getting(self, progress: Progress) -> None:
        """Show a step of getting an interpreter."""
        line = f"{progress.subject}: {progress.phase}"
        if progress.fraction is not None:
            line += f" {progress.fraction:4.0%}"
        if progress.detail:
            line += f" {progress.detail}"
        if progress.expected_s:
            line += f" (about {duration(progress.expected_s)} in all)"
        self._change(line, phase=f"{progress.subject} {progress.phase}")

    def trying(self, cell: str) -> None:
        """Show which cell is tried, where nothing is measured."""
        self._change(f"trying {cell}", phase="trying")

    def trouble(self, alerts: Iterable[Alert], step: Step) -> None:
        """Leave a line for what the machine did to a job."""
        if text := "; ".join(_ALARMS[alert.alarm].format(alert.value) for alert in alerts):
            self.say(f"  {_where(step)}, {step.job.cell.name}: {text}")

    def reporting(self, name: str, *, number: int, of: int) -> None:
        """Show which of many pages is being made."""
        self._change(f"page {number} of {of}: {name}", phase="reporting")

    def simulated(self, done: int, rows: int) -> None:
        """Show how many rows of the validation are done."""
        self._change(f"simulated {done} of {rows} rows", phase="simulating")

    def step(self, step: Step) -> None:
        """Show the progress of measuring; a failed job leaves a line."""
        outcome = step.outcome
        if outcome and outcome.status in (Status.FAILED, Status.TIMED_OUT):
            cell = outcome.job.cell
            self.say(f"  {cell.variant} {cell.benchmark.name} {outcome.status}: {outcome.reason}")
        if outcome and outcome.left_processes:
            left = count(outcome.left_processes, "process")
            self.say(f"  {outcome.job.cell.name} left {left} behind, now ended")
        where = _where(step)
        line = (
            f"{where}, {_what(step)}  elapsed {duration(step.elapsed_s)}, "
            f"about {duration(step.remaining_s)} left"
        )
        if self.answer:
            line = f"{line}\n{self.answer}"
        self._change(line, phase=where if outcome is None else self._last_phase)

    def _change(self, line: str, *, phase: str) -> None:
        if self._live is not None:
            line = printable(line, keep="\n\u00a0")
            self._live.update(Text(line, no_wrap=True, overflow="ellipsis"), refresh=True)
            return
        now = time.monotonic()
        if phase != self._last_phase or now - self._last_plain > PLAIN_EVERY_S:
            self._last_phase, self._last_plain = phase, now
            self.say(line.replace("\n", "; "))


def _what(step: Step) -> str:
    job = step.job
    if not step.rounds:
        place = f"{job.position + 1}/{step.jobs_in_block}"
        return f"{place}: {job.cell.variant} {job.cell.benchmark.name}"
    state = f"round {step.round} of {step.rounds}" if step.round else "workers start"
    if step.round > step.rounds:
        state = f"round {step.round}, since too few of {step.rounds} were calm"
    return f"{job.cell.benchmark.workload}: {state}"


def _where(step: Step) -> str:
    job = step.job
    what = "memory, block" if job.is_memory else "block"
    most = f"{'at most ' if step.may_end_early else ''}{step.blocks}"
    return "pilot" if job.block == PILOT else f"{what} {job.block} of {most}"


@contextlib.contextmanager
def screen(*, is_quiet: bool = False) -> Iterator[Screen]:
    """Open the screen on standard error."""
    # Otherwise it follows the terminal when that changes.
    width = terminal_width(sys.stderr) if "COLUMNS" in os.environ else None
    console = Console(stderr=True, highlight=False, quiet=is_quiet, width=width)
    # Not what FORCE_COLOR claims: a file must not get lines that change.
    if not sys.stderr.isatty() or console.is_dumb_terminal:
        yield Screen(console, None)
        return
    # No refresh thread: it would take CPU time from the workers. Every change refreshes.
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield Screen(console, live)
