"""The content of the page of a running experiment. Loads pandas, SciPy and matplotlib."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

from harness.analysis.analyse import analyse
from harness.report.elements import LiveView
from harness.report.page.figures import draw_figures
from harness.report.page.html import render, write_page
from harness.report.page.view import build_view
from harness.report.redaction import redacted
from harness.wording import count, duration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.execution.scheduler import Step
    from harness.model import Manifest
    from harness.report.page.view import ReportView
    from harness.running.tracker import Pause

__all__ = ["Drawn", "draw", "settle", "state_of", "write"]

_REFRESH_S = (15, 300)
"""Limits of the time between two looks of a browser for a newer page: they cost time here."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Drawn:
    """A page and its figures."""

    view: ReportView
    figures: Mapping[str, str]


def draw(manifest: Manifest, pause: Pause, *, cost_s: float, max_cost_share: float) -> Drawn:
    """Return the page after the block of ``pause``; the last page took ``cost_s`` seconds."""
    shown = redacted(analyse(manifest, pause.outcomes, runs=pause.runs))
    state = state_of(pause.step, shown.blocks_done, now=dt.datetime.now(dt.UTC))
    live = LiveView(state=state, refresh_s=_refresh_s(pause.step, cost_s / max_cost_share))
    return Drawn(view=build_view(shown, live=live), figures=draw_figures(shown))


def write(drawn: Drawn, folder: Path) -> Path:
    """Write the page into ``folder``; return its path. Raises StoreError."""
    return write_page(render(drawn.view, drawn.figures), folder)


def settle(drawn: Drawn, folder: Path) -> None:
    """Write the page as one of an experiment that no longer runs."""
    write(dataclasses.replace(drawn, view=dataclasses.replace(drawn.view, live=None)), folder)


def state_of(step: Step, blocks_done: int, *, now: dt.datetime) -> str:
    """Return the progress of the experiment after ``step``, the last of a block, in words."""
    most = f"{'at most ' if step.may_end_early else ''}{step.blocks}"
    which = " of the memory pass" if step.job.is_memory else ""
    return (
        f"Running: block {step.job.block} of {most}{which} is done, about "
        f"{duration(step.remaining_s)} left; the numbers rest on {count(blocks_done, 'block')}. "
        f"Last written at {now:%H:%M:%S} UTC, and again after later blocks: writing it takes "
        "at most a tenth of the time."
    )


def _refresh_s(step: Step, min_s: float) -> int:
    """Return the approximate time to the next page."""
    left = max(1, step.blocks - step.job.block)
    shortest, longest = _REFRESH_S
    return round(min(longest, max(shortest, step.remaining_s / left, min_s)))
