"""The page of a running experiment: made again in the pauses between its blocks."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Self

from harness.errors import HarnessError, of_the_system
from harness.running.browser import open_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from harness.model import Manifest
    from harness.running.live_view import Drawn
    from harness.running.tracker import Pause

__all__ = ["LivePage", "Pages"]

MAX_COST_SHARE = 0.1
"""Make the page again only if that costs at most this share of the time since the last one."""
_MAX_WORDS_LENGTH = 300


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pages:
    """The folder of pages, and whether the first page is opened."""

    reports: Path
    is_opened: bool


@dataclasses.dataclass
class LivePage:
    """A page on the disk that is settled when the run ends, however it ends."""

    manifest: Manifest
    pages: Pages
    _: dataclasses.KW_ONLY
    say: Callable[[str], None]
    """Show a line on the screen."""
    clock: Callable[[], float] = time.monotonic
    is_opened: bool = dataclasses.field(default=False, init=False)
    """Whether the page was opened for the reader."""
    bug: Exception | None = dataclasses.field(default=None, init=False)
    """An error of ours, to be raised once everything is saved."""
    _cost_s: float = dataclasses.field(default=0.0, init=False)
    _ended_s: float | None = dataclasses.field(default=None, init=False)
    _complaint: str = dataclasses.field(default="", init=False)
    _latest: Drawn | None = dataclasses.field(default=None, init=False)

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write the page on the disk again as one of an experiment that does not run."""
        if self._latest is None:
            return
        from harness.running import live_view  # noqa: PLC0415 - is loaded by now

        try:
            live_view.settle(self._latest, self._folder)
        except HarnessError as failed:
            self._complain(failed)

    @property
    def _folder(self) -> Path:
        return self.pages.reports / self.manifest.id

    def after_block(self, pause: Pause) -> None:
        """Make the page again, if it is worth its time and not the last."""
        is_last = pause.step.remaining_s <= 0  # the finished page follows at once
        if self.bug is not None or is_last or not self._is_due():
            return
        started_s = self.clock()
        try:
            # Here and not above: pandas, SciPy and matplotlib stay out until a page is due.
            from harness.running import live_view  # noqa: PLC0415

            started_s = self.clock()  # loading is paid once, and by the finished page too
            drawn = live_view.draw(
                self.manifest, pause, cost_s=self._cost_s, max_cost_share=MAX_COST_SHARE
            )
            page = live_view.write(drawn, self._folder)
            self._latest = drawn
            self._open(page)
        except HarnessError as error:
            self._complain(error)
        except Exception as error:  # noqa: BLE001 - kept, and raised when everything is saved
            if isinstance(error, OSError) and (known := of_the_system(error)):
                self._complain(known)
            else:
                self.bug = error
                self.say(
                    f"A bug in the page of the running experiment ({_words(error)}): measuring "
                    "continues without it."
                )
        self._ended_s = self.clock()
        self._cost_s = self._ended_s - started_s

    def _is_due(self) -> bool:
        since_s = None if self._ended_s is None else self.clock() - self._ended_s
        return since_s is None or self._cost_s <= MAX_COST_SHARE * since_s

    def _open(self, page: Path) -> None:
        if self.pages.is_opened and not self.is_opened:
            self.is_opened = True
            if why_not := open_page(str(page)):
                self.say(why_not)

    def _complain(self, error: HarnessError) -> None:
        """Report an error, once as long as it stays the same."""
        if str(error) != self._complaint:
            self._complaint = str(error)
            self.say(f"{str(error).rstrip('.')}. Measuring continues.")


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:_MAX_WORDS_LENGTH]
