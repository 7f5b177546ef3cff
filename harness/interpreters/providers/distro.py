"""Unpack the package of a newer Debian or Ubuntu release into a private prefix."""

from __future__ import annotations

import functools
import platform
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.cache.entries import Recipe, Workspace, make_once
from harness.interpreters.disk import disk_errors
from harness.interpreters.getting import apt, relocate
from harness.interpreters.getting.private_apt import PrivateApt, open_release
from harness.interpreters.progress import Notify, Report, reporter
from harness.interpreters.providers.answer import Answer, Obtainable, Unobtainable
from harness.model import Build, Optimised, Provenance

if TYPE_CHECKING:
    from harness.interpreters.naming.catalogue import Distro, Target
    from harness.interpreters.naming.requirement import Requirement

__all__ = ["answer"]

EXPECTED_S = 10.0


def answer(requirement: Requirement, *, root: Path) -> Answer:
    """Return whether this system's distribution packages it; downloads nothing."""
    target = requirement.target
    if target is None or target.distro is None or requirement.is_custom:
        return Unobtainable(reason="distro: has no package of it", is_final=True)
    complaint = _final_complaint(target, target.distro, requirement)
    if complaint:
        return Unobtainable(reason=f"distro: {complaint}", is_final=True)
    complaint = _complaint(root)
    if complaint:
        return Unobtainable(reason=f"distro: {complaint}")
    return Obtainable(
        how=f"unpacked from a newer {apt.distribution().capitalize()} release",
        expected_s=EXPECTED_S,
        size_bytes=target.distro.size_mb * 1_000_000,
        has_jit=target.distro.has_jit,
        get=functools.partial(_get, target, target.distro, root),
    )


def _final_complaint(target: Target, distro: Distro, requirement: Requirement) -> str:
    if target.implementation == "cpython" and requirement.optimised is not Optimised.ANY:
        return "its packages do not record their optimisation"
    name = apt.distribution()
    if not name or not distro.releases.get(name):
        return "only on Debian, Ubuntu and their derivatives"
    return ""


def _complaint(root: Path) -> str:
    name = apt.distribution()
    if not apt.KEYRINGS[name].exists():
        return f"the keyring {apt.KEYRINGS[name]} is missing"
    if not apt.mirror(root):
        return "apt has no mirror configured (see /etc/apt/sources.list)"
    if not apt.is_mirror_reachable(root):
        return "apt's mirror cannot be reached"
    return ""


def _get(target: Target, distro: Distro, root: Path, notify: Notify) -> Build:
    name = apt.distribution()
    problems = []
    with disk_errors(root):
        (root / "tmp").mkdir(parents=True, exist_ok=True)
    for release in distro.releases[name]:
        report = reporter(notify, target.id, expected_s=EXPECTED_S, detail=release)
        with (
            disk_errors(root),
            tempfile.TemporaryDirectory(prefix="apt-", dir=root / "tmp") as state,
        ):
            try:
                report("reading packages", 0.0)
                opened = open_release(
                    Path(state), distribution=name, release=release, mirror=apt.mirror(root)
                )
                build = _unpacked(opened, distro.package, root, report)
            except InterpreterError as error:
                problems.append(f"{release}: {error}")
                continue
        if target.fits(build):
            return build
        problems.append(f"{release}: has Python {build.python_version}")
    raise InterpreterError(f"distro: {'; '.join(problems)}")


def _unpacked(opened: PrivateApt, package: str, root: Path, report: Report) -> Build:
    closure = opened.closure(package)
    main = next((file for file in closure if file.startswith(f"{package}_")), package)
    recipe = Recipe(
        name=f"{package}-{opened.release}",
        provenance=Provenance(provider="distro", source=f"{opened.release}: {main}"),
        flags=closure,
        architecture=platform.machine(),
    )

    def make(workspace: Workspace) -> Path:
        report("downloading", 0.3)
        archives = opened.download(package)
        report("unpacking", 0.6)
        relocate.unpack_debs(archives, workspace.prefix)
        report("relocating", 0.9)
        return relocate.relocate(workspace.prefix, command=package)

    return make_once(root, recipe, make=make, on_wait=lambda: report("waiting", 0.3))
