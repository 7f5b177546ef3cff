"""Take a newer Debian or Ubuntu release's binary into a private prefix."""

from __future__ import annotations

import functools
import platform
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.cache.entries import Recipe, Workshop, make_once
from harness.interpreters.getting import apt, relocate
from harness.interpreters.getting.private_apt import PrivateApt, open_release
from harness.interpreters.naming.wanted import Optimised
from harness.interpreters.progress import Progress, Tell
from harness.interpreters.providers.answer import Answer, CanGet, Cannot
from harness.model import Build, Provenance

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.interpreters.naming.catalogue import Distro, Target
    from harness.interpreters.naming.wanted import Wanted

__all__ = ["answer"]

EXPECTED_S = 10.0


def answer(wanted: Wanted, *, root: Path) -> Answer:
    """Say whether this system's distribution packages it; nothing is fetched yet."""
    target = wanted.target
    if target is None or target.distro is None or wanted.is_custom:
        return Cannot(reason="distro: has no package of it")
    complaint = _complaint(target, target.distro, wanted, root)
    if complaint:
        return Cannot(reason=f"distro: {complaint}")
    return CanGet(
        how=f"unpacked from a newer {apt.distribution().capitalize()} release",
        expected_s=EXPECTED_S,
        size_bytes=target.distro.size_mb * 1_000_000,
        get=functools.partial(_get, target, target.distro, root),
    )


def _complaint(target: Target, distro: Distro, wanted: Wanted, root: Path) -> str:
    if target.implementation == "cpython" and wanted.optimised is not Optimised.ANY:
        return "its packages do not say how they were optimised"
    name = apt.distribution()
    if not name or not distro.releases.get(name):
        return "only on Debian, Ubuntu and what derives from them"
    if not apt.KEYRINGS[name].exists():
        return f"the keyring {apt.KEYRINGS[name]} is missing"
    if not apt.mirror(root):
        return "apt names no mirror (see /etc/apt/sources.list)"
    return ""


def _get(target: Target, distro: Distro, root: Path, tell: Tell) -> Build:
    name = apt.distribution()
    wrongs = []
    (root / "tmp").mkdir(parents=True, exist_ok=True)
    for release in distro.releases[name]:

        def report(phase: str, fraction: float, detail: str = release) -> None:
            tell(
                Progress(
                    subject=target.id,
                    phase=phase,
                    fraction=fraction,
                    detail=detail,
                    expected_s=EXPECTED_S,
                )
            )

        with tempfile.TemporaryDirectory(prefix="apt-", dir=root / "tmp") as state:
            try:
                report("reading packages", 0.0)
                opened = open_release(
                    Path(state), distribution=name, release=release, mirror=apt.mirror(root)
                )
                build = _unpacked(opened, distro.package, root, report)
            except InterpreterError as error:
                wrongs.append(f"{release}: {error}")
                continue
        if target.fits(build):
            return build
        wrongs.append(f"{release}: has Python {build.python_version}")
    raise InterpreterError(f"distro: {'; '.join(wrongs)}")


def _unpacked(
    opened: PrivateApt, package: str, root: Path, report: Callable[[str, float], None]
) -> Build:
    closure = opened.closure(package)
    main = next((file for file in closure if file.startswith(f"{package}_")), package)
    recipe = Recipe(
        name=f"{package}-{opened.release}",
        provenance=Provenance(provider="distro", source=f"{opened.release}: {main}"),
        flags=closure,
        architecture=platform.machine(),
    )

    def make(workshop: Workshop) -> Path:
        report("downloading", 0.3)
        archives = opened.download(package)
        report("unpacking", 0.6)
        relocate.unpack_debs(archives, workshop.prefix)
        report("relocating", 0.9)
        return relocate.relocate(workshop.prefix, command=package)

    return make_once(root, recipe, make=make, on_wait=lambda: report("waiting", 0.3))
