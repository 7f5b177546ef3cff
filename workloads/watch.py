"""Watch a workload between its values: what it changes is set back, what it leaves is named.

Everything here happens outside the timing.
"""

from __future__ import annotations

import gc
from typing import Optional

from workloads import remarks, settings
from workloads.leftovers import Leftovers, count_files

__all__ = ["Watch"]

_MIN_CALLS = 3
"""Fewer do not show whether each call leaves a file open."""


class Watch:
    """The state before the first call; ``look`` compares it with that after each."""

    def __init__(self, *, is_alone: bool = True) -> None:
        """Read the state. ``is_alone``: the process works for nobody else meanwhile."""
        self._settings = settings.Kept(settings.OF_PROCESS)
        self._leftovers = Leftovers(is_alone=is_alone)
        self._is_alone = is_alone
        self._calls = 0
        self._files: Optional[int] = None

    def look(self) -> None:
        """Set back what the call changed; raises WorkloadError for what it left at work."""
        self._calls += 1
        self._settings.put_back()
        self._leftovers.check()
        if self._calls == 1 and self._is_alone:
            self._files = count_files()  # what is opened once, such as a cache, is no leak

    def finish(self) -> None:
        """Remark files that calls leave open."""
        if self._files is None or self._calls < _MIN_CALLS:
            return
        gc.collect()  # elsewhere than in CPython a file is closed only now
        more = (count_files() or 0) - self._files
        if more >= self._calls - 1:
            remarks.add(remarks.FILES, f"{more} after {self._calls} calls")
