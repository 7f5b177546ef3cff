"""An interpreter that was packed into one file, here or on another machine."""

from __future__ import annotations

import functools
import platform
import re
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.cache.entries import Recipe, Workshop, existing, make_once
from harness.interpreters.cache.pack import Head, extract, read_head
from harness.interpreters.getting import relocate
from harness.interpreters.naming.wanted import Packed, Wanted
from harness.interpreters.probing.probe import probe
from harness.interpreters.progress import Progress, Tell
from harness.interpreters.providers.answer import Answer, CanGet, Cannot, Have
from harness.interpreters.records import sha256_of
from harness.model import Build, Provenance

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["answer"]

EXPECTED_S = 3.0
_PROVIDER = "packed"


def answer(wanted: Wanted, *, root: Path) -> Answer:
    """Read the head of the file; unpacking it is the second step."""
    if not isinstance(wanted.what, Packed):
        return Cannot(reason="packed: only for files made by --pack")
    path = wanted.what.path
    if wanted.is_custom:
        return Cannot(reason=f"{path}: is built already, so it takes no flags and no compiler")
    try:
        head = read_head(path)
        recipe = _recipe(head, path)
    except InterpreterError as error:
        return Cannot(reason=str(error))
    here = existing(root, recipe)
    if here is not None:
        return Have(builds=(here,))
    return CanGet(
        how=f"unpacked from {path.name}",
        expected_s=EXPECTED_S,
        size_bytes=head.entry.size_bytes,
        get=functools.partial(_get, path, head, recipe, root),
    )


def _recipe(head: Head, path: Path) -> Recipe:
    original = head.entry.recipe
    origin = original.provenance
    # What was packed a second time is still of its first origin.
    is_again = origin.provider == _PROVIDER
    source = origin.source if is_again else f"{origin.provider}: {origin.source}"
    try:
        sha256 = sha256_of(path)
    except OSError as error:
        raise InterpreterError(f"{path}: cannot be read ({error.strerror})") from None
    return Recipe(
        name=original.name,
        provenance=Provenance(provider=_PROVIDER, source=source, sha256=sha256),
        flags=original.flags,
        compiler=original.compiler,
        libc=original.libc,
        architecture=original.architecture,
    )


def _get(path: Path, head: Head, recipe: Recipe, root: Path, tell: Tell) -> Build:
    def report(phase: str, fraction: float) -> None:
        tell(
            Progress(
                subject=path.name,
                phase=phase,
                fraction=fraction,
                detail=recipe.name,
                expected_s=EXPECTED_S,
            )
        )

    def make(workshop: Workshop) -> Path:
        report("unpacking", 0.1)
        extract(path, workshop.prefix.parent)
        executable = workshop.prefix.parent / head.entry.executable
        if relocate.has_own_loader(workshop.prefix):
            report("relocating", 0.8)
            relocate.relocate(workshop.prefix, command=executable.name)
        _refuse_unless_it_starts(executable, path, recipe)
        return executable

    return make_once(
        root, recipe, make=make, is_standard=False, on_wait=lambda: report("waiting", 0.1)
    )


def _refuse_unless_it_starts(executable: Path, path: Path, recipe: Recipe) -> None:
    try:
        probe(executable)
    except InterpreterError as error:
        here = " ".join(platform.libc_ver())
        if _is_newer(recipe.libc, here):
            raise InterpreterError(
                f"{path}: was built with {recipe.libc}, which is newer than {here} of this "
                "machine, and does not start here; pack one on a machine with no newer libc"
            ) from None
        raise InterpreterError(
            f"{path}: the interpreter in it does not start here, pack one on a machine like "
            f"this ({error})"
        ) from None


def _is_newer(libc: str, here: str) -> bool:
    name, numbers = _libc(libc)
    own_name, own_numbers = _libc(here)
    return name == own_name and numbers > own_numbers


def _libc(text: str) -> tuple[str, list[int]]:
    return text.partition(" ")[0], [int(part) for part in re.findall(r"\d{1,9}", text)]
