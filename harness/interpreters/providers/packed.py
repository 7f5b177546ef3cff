"""Interpreters packed into a file, here or on another machine."""

from __future__ import annotations

import functools
import platform
import re
from typing import TYPE_CHECKING

import msgspec

from harness.errors import InterpreterError
from harness.files import sha256_of
from harness.interpreters.cache.entries import Recipe, Workspace, existing, make_once
from harness.interpreters.cache.pack import Head, extract, read_head
from harness.interpreters.getting import relocate
from harness.interpreters.naming.requirement import Packed, Requirement
from harness.interpreters.probing.probe import probe
from harness.interpreters.progress import Notify, reporter
from harness.interpreters.providers.answer import Answer, Found, Known, Obtainable, Unobtainable
from harness.model import Build, Provenance

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["answer"]

EXPECTED_S = 3.0
_PROVIDER = "packed"


def answer(requirement: Requirement, *, root: Path) -> Answer:
    """Read the metadata of the file; does not unpack it yet."""
    if not isinstance(requirement.what, Packed):
        return Unobtainable(reason="packed: only for files made by --pack")
    path = requirement.what.path
    if requirement.is_custom:
        return Unobtainable(reason=f"{path}: is built already: leave out flags= and cc=")
    try:
        head = read_head(path)
        recipe = _recipe(head, path)
    except InterpreterError as error:
        return Unobtainable(reason=str(error))
    build = existing(root, recipe)
    if build is not None:
        return Found(builds=(build,))
    return Obtainable(
        how=f"unpacked from {path.name}",
        expected_s=EXPECTED_S,
        size_bytes=head.entry.size_bytes,
        known=Known(
            implementation=head.entry.implementation,
            python_version=head.entry.python_version,
            is_free_threaded=head.entry.is_free_threaded,
        ),
        get=functools.partial(_get, path, head, recipe, root),
    )


def _recipe(head: Head, path: Path) -> Recipe:
    original = head.entry.recipe
    origin = original.provenance
    # A build that is packed a second time keeps its first origin.
    is_repacked = origin.provider == _PROVIDER
    source = origin.source if is_repacked else f"{origin.provider}: {origin.source}"
    try:
        sha256 = sha256_of(path)
    except OSError as error:
        raise InterpreterError(f"{path} cannot be read ({error.strerror})") from None
    provenance = Provenance(provider=_PROVIDER, source=source, sha256=sha256)
    return msgspec.structs.replace(original, provenance=provenance)


def _get(path: Path, head: Head, recipe: Recipe, root: Path, notify: Notify) -> Build:
    report = reporter(notify, path.name, expected_s=EXPECTED_S, detail=recipe.name)

    def make(workspace: Workspace) -> Path:
        report("unpacking", 0.1)
        extract(path, workspace.prefix.parent)
        executable = workspace.prefix.parent / head.entry.executable
        if relocate.has_own_loader(workspace.prefix):
            report("relocating", 0.8)
            relocate.relocate(workspace.prefix, command=executable.name)
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
                f"{path} does not start here: it was built with {recipe.libc}, which is newer than "
                f"{here} of this machine; pack one on a machine with the same or an older libc"
            ) from None
        raise InterpreterError(
            f"{path} does not start here: pack one on a machine like this ({error})"
        ) from None


def _is_newer(libc: str, here: str) -> bool:
    is_same_kind = libc.partition(" ")[0] == here.partition(" ")[0]
    built, own = (list(map(int, re.findall(r"\d{1,9}", text))) for text in (libc, here))
    return is_same_kind and built > own
