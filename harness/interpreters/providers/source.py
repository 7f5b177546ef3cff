"""Build CPython from a tarball: a release of the catalogue, or one of the user's."""

from __future__ import annotations

import functools
import os
import re
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.building import build
from harness.interpreters.building.build import FETCH_SHARE, Material
from harness.interpreters.building.source_version import refuse_unless_cpython
from harness.interpreters.getting import apt
from harness.interpreters.getting.download import fetch
from harness.interpreters.getting.unpack import unpack
from harness.interpreters.naming.catalogue import Source, Target, catalogue
from harness.interpreters.naming.wanted import FromTarball
from harness.interpreters.progress import Progress, Tell
from harness.interpreters.providers.answer import Answer, CanGet, Cannot
from harness.interpreters.records import sha256_of
from harness.model import Build, Provenance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.interpreters.naming.wanted import Wanted

__all__ = ["answer"]


def answer(wanted: Wanted, *, root: Path) -> Answer:
    """Say whether a tarball is known and a compiler is here; nothing is fetched yet."""
    what = wanted.what
    if isinstance(what, Target):
        complaint = _unknown(what, wanted)
    elif isinstance(what, FromTarball):
        complaint = _unusable(what.path)
    else:
        return Cannot(reason="")
    complaint = complaint or build.obstacle(wanted, root)
    if complaint:
        return Cannot(reason=f"source: {complaint}")
    return CanGet(
        how=build.how(wanted),
        expected_s=build.expected_s(wanted),
        size_bytes=build.size_bytes(),
        get=functools.partial(_get, wanted, root),
    )


def _unknown(target: Target, wanted: Wanted) -> str:
    if wanted.needs_jit and not any("jit" in flag for flag in wanted.flags):
        return "a JIT is only built with ?flags=--enable-experimental-jit=yes-off (it needs clang)"
    if catalogue().sources_of(target):
        return ""
    others = [row.version for row in catalogue().sources if row.python == target.source]
    known = f" of {target.version}, only of {', '.join(others)}" if others else " of it"
    return f"no tarball{known} in the catalogue"


def _unusable(path: Path) -> str:
    if os.path.isdir(path):  # noqa: PTH112  # unlike Path, never raises
        return f"{path} is a folder: pack it, or name a clone with git:REVISION@{path}"
    return "" if os.path.isfile(path) else f"{path}: no such file"  # noqa: PTH113


def _get(wanted: Wanted, root: Path, tell: Tell) -> Build:
    what = wanted.what
    if isinstance(what, FromTarball):
        material = _own(what.path)
    else:
        assert isinstance(what, Target)  # noqa: S101  # answer() saw to it
        material = _fetched(what, root, functools.partial(_told, wanted, tell))
    return build.build(wanted, material, root=root, tell=tell)


def _told(wanted: Wanted, tell: Tell, share: float, name: str) -> None:
    tell(
        Progress(
            subject=wanted.name,
            phase="fetching",
            fraction=share * FETCH_SHARE,
            detail=name,
            expected_s=build.expected_s(wanted),
        )
    )


def _own(path: Path) -> Material:
    try:
        sha256 = sha256_of(path)
    except OSError as error:
        raise InterpreterError(f"{path}: cannot be read ({error.strerror})") from None
    stem = re.sub(r"(\.tar)?\.[a-z0-9]{2,4}$", "", path.name, flags=re.IGNORECASE)
    return Material(
        name=re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-.")[:60] or "cpython",
        provenance=Provenance(provider="source", source=path.name, sha256=sha256),
        lay_out=functools.partial(_unpacked, path),
    )


def _fetched(target: Target, root: Path, told: Callable[[float, str], None]) -> Material:
    """Fetch the newest release that can be had; older ones are better than none."""
    wrongs = []
    for source in catalogue().sources_of(target):
        tarball = root / "downloads" / f"Python-{source.version}.tar.xz"
        on_share = functools.partial(_share, told, tarball.name)
        try:
            fetch(_urls(source, root), sha256=source.sha256, target=tarball, on_share=on_share)
        except InterpreterError as error:
            wrongs.append(str(error))
            continue
        return Material(
            name=f"cpython-{source.version}",
            provenance=Provenance(
                provider="source", source=f"Python-{source.version}.tar.xz", sha256=source.sha256
            ),
            lay_out=functools.partial(_unpacked, tarball),
        )
    raise InterpreterError(f"no source of {target.id}: {'; '.join(wrongs)}")


def _share(told: Callable[[float, str], None], name: str, share: float) -> None:
    told(share, name)


def _unpacked(tarball: Path, folder: Path) -> Path:
    sources = unpack(tarball, folder)
    refuse_unless_cpython(sources, name=tarball.name)
    return sources


def _urls(source: Source, root: Path) -> tuple[str, ...]:
    mirror = apt.mirror(root) if apt.distribution() else ""
    mirror = mirror if mirror.startswith(("http:", "https:")) else ""
    return tuple(
        url.replace("{distro_mirror}", mirror)
        for url in source.urls
        if mirror or "{distro_mirror}" not in url
    )
