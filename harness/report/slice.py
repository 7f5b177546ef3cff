"""A slice of the page: the functions that make its section and draw its figures."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.report.drawing.canvas import Sheet
    from harness.report.elements import Section
    from harness.report.redaction import Redacted

__all__ = ["Slice"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Slice:
    """A section of the page with its figures, and the slices that are parts of it."""

    section: Callable[[Redacted], Section]
    draw: Callable[[Redacted], dict[str, Sheet]] = lambda _: {}
    """Returns its figures by the names in its section."""
    parts: tuple[Slice, ...] = ()

    def with_parts(self, *parts: Slice) -> Slice:
        """Return the slice with these as the last parts of its section."""
        return dataclasses.replace(self, parts=parts)

    def make(self, analysis: Redacted) -> Section:
        """Return the section with all its parts."""
        made = self.section(analysis)
        own = (*made.parts, *(part.make(analysis) for part in self.parts))
        return dataclasses.replace(made, parts=own)

    def sheets(self, analysis: Redacted) -> Iterator[tuple[str, Sheet]]:
        """Yield name and drawing of every figure, with those of its parts."""
        yield from self.draw(analysis).items()
        for part in self.parts:
            yield from part.sheets(analysis)
