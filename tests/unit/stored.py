"""Store experiments, and change what is stored: without its checksum only the text counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.running.experiment import measure
from harness.running.progress import screen
from harness.storage.checksum import unsealed
from tests.unit import fakes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.model import Plan

__all__ = ["edit", "store", "text_of"]


def store(results: Path, plan: Plan, *identities: str) -> None:
    """Measure a plan with made-up workers, once for each identity, and store it in ``results``."""
    for identity in identities:
        manifest = msgspec.structs.replace(fakes.manifest(plan), id=identity)
        with screen(is_quiet=True) as quiet:
            measure(
                manifest,
                results=results,
                screen=quiet,
                launcher=fakes.FakeLauncher(),
                around=fakes.AROUND,
            )


def text_of(path: Path) -> str:
    """Return a stored file, line by line without checksums."""
    data = path.read_bytes()
    if path.suffix == ".jsonl":
        return "".join(f"{unsealed(line).decode()}\n" for line in data.splitlines())
    return unsealed(data).decode()


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Replace the text of a stored file, and leave out its checksums."""
    path.write_text(change(text_of(path)), encoding="utf-8")
