"""The page of an experiment that still runs: made anew in the pauses between its blocks."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from typing import TYPE_CHECKING, Self

from harness.errors import HarnessError
from harness.report.elements import LiveView
from harness.report.words.formatting import count
from harness.running.browser import open_page
from harness.running.progress import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

    from harness.execution.scheduler import Step
    from harness.model import Manifest
    from harness.report.page.view import ReportView
    from harness.running.tracker import Pause

__all__ = ["MAX_COST_SHARE", "LivePage", "Pages", "state_of"]

MAX_COST_SHARE = 0.1
"""A page is made if the last one took at most this share of the time since."""
_REFRESH_S = (15, 300)
"""How often a reader's browser looks for a newer page: each time costs this machine something."""
_MAX_WORDS_LENGTH = 300


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pages:
    """Where the page of a running experiment goes."""

    reports: Path
    is_opened: bool
    """Whether the first is shown to the reader."""


class LivePage:
    """A page on the disk that is to be settled when the run ends, however it ends."""

    def __init__(
        self,
        manifest: Manifest,
        pages: Pages,
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin without a page; ``say`` puts a line on the screen, ``clock`` gives seconds."""
        self._manifest = manifest
        self._pages = pages
        self._say = say
        self._clock = clock
        self._cost_s = 0.0
        self._ended_s: float | None = None
        self._complaint = ""
        self._latest: tuple[ReportView, Mapping[str, str]] | None = None
        self.is_opened = False
        """Whether the reader was shown the page."""
        self.bug: Exception | None = None
        """What no user is to blame for: to be raised once everything is saved."""

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the page on the disk no longer say that the experiment runs."""
        if self._latest is None:
            return
        from harness.report.page.html import render, write_page  # noqa: PLC0415 - is loaded by now

        view, figures = self._latest
        try:
            write_page(render(dataclasses.replace(view, live=None), figures), self._folder)
        except HarnessError as failed:
            self._complain(failed)

    @property
    def _folder(self) -> Path:
        return self._pages.reports / self._manifest.id

    def after_block(self, pause: Pause) -> None:
        """Make the page anew, if it is worth its time and not the last."""
        is_last = pause.step.remaining_s <= 0  # the finished page follows at once
        if self.bug is not None or is_last or not self._is_due():
            return
        started_s = self._clock()
        try:
            _load()
            started_s = self._clock()  # loading is paid once, and by the finished page too
            self._make(pause)
        except HarnessError as error:
            self._complain(error)
        except Exception as error:  # noqa: BLE001 - kept, and raised when everything is saved
            self.bug = error
            self._say(
                f"A bug in the page of the running experiment ({_words(error)}): measuring goes "
                "on without it."
            )
        self._ended_s = self._clock()
        self._cost_s = self._ended_s - started_s

    def _is_due(self) -> bool:
        since_s = None if self._ended_s is None else self._clock() - self._ended_s
        return since_s is None or self._cost_s <= MAX_COST_SHARE * since_s

    def _make(self, pause: Pause) -> None:
        # Here and not above: pandas, SciPy and matplotlib are not for --dry-run.
        from harness.analysis.analyse import analyse  # noqa: PLC0415
        from harness.report.page.figures import draw_figures  # noqa: PLC0415
        from harness.report.page.html import render, write_page  # noqa: PLC0415
        from harness.report.page.view import build_view  # noqa: PLC0415
        from harness.report.redaction import published  # noqa: PLC0415

        shown = published(analyse(self._manifest, pause.outcomes, runs=pause.runs))
        state = state_of(pause.step, shown.blocks_done, now=dt.datetime.now(dt.UTC))
        live = LiveView(state=state, refresh_s=_refresh_s(pause.step, self._cost_s))
        view, figures = build_view(shown, live=live), draw_figures(shown)
        page = write_page(render(view, figures), self._folder)
        self._latest = (view, figures)
        if self._pages.is_opened and not self.is_opened:
            self.is_opened = True
            if why_not := open_page(str(page)):
                self._say(why_not)

    def _complain(self, error: HarnessError) -> None:
        """Say what is wrong, once as long as it stays the same."""
        if str(error) != self._complaint:
            self._complaint = str(error)
            self._say(f"{error} Measuring goes on.")


def _load() -> None:
    import harness.analysis.analyse  # noqa: PLC0415
    import harness.report.page.figures  # noqa: PLC0415, F401


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:_MAX_WORDS_LENGTH]


def state_of(step: Step, blocks_done: int, *, now: dt.datetime) -> str:
    """Return where the experiment is after ``step``, the last of a block, in words."""
    most = f"{'at most ' if step.may_end_early else ''}{step.blocks}"
    which = " of the memory pass" if step.job.is_memory else ""
    return (
        f"Running: block {step.job.block} of {most}{which} is done, about "
        f"{duration(step.remaining_s)} left; the numbers rest on {count(blocks_done, 'block')}. "
        f"Last written at {now:%H:%M:%S} UTC, and again after later blocks: writing it takes "
        "at most a tenth of the time."
    )


def _refresh_s(step: Step, cost_s: float) -> int:
    """Return about how long it is to the next page."""
    left = max(1, step.blocks - step.job.block)
    shortest, longest = _REFRESH_S
    return round(min(longest, max(shortest, step.remaining_s / left, cost_s / MAX_COST_SHARE)))
