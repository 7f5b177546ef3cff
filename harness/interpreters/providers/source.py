"""Build CPython: a release in the catalogue, the user's own tarball, or a git revision."""

from __future__ import annotations

import functools
import os
import re
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.files import sha256_of
from harness.interpreters.building import build, git_source
from harness.interpreters.building.build import DOWNLOAD_SHARE
from harness.interpreters.building.sources import Sources, unpack
from harness.interpreters.getting import apt
from harness.interpreters.getting.download import download
from harness.interpreters.getting.reachability import is_reachable
from harness.interpreters.naming.catalogue import Source, Target, catalogue
from harness.interpreters.naming.requirement import FromGit, FromTarball
from harness.interpreters.progress import Notify, Report, reporter
from harness.interpreters.providers.answer import Answer, Found, Known, Obtainable, Unobtainable
from harness.model import Build, Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interpreters.naming.requirement import Requirement

__all__ = ["answer"]

_GIT_DOWNLOAD_S = 30.0


def answer(requirement: Requirement, *, root: Path) -> Answer:
    """Return whether there are sources and a compiler; downloads nothing."""
    what = requirement.what
    expected_s = build.expected_s(requirement)
    complaint = ""
    if isinstance(what, Target):
        if complaint := _complaint_about_target(what, requirement):
            return Unobtainable(reason=f"source: {complaint}", is_final=True)
        complaint = _complaint_about_network(what, root)
    elif isinstance(what, FromTarball):
        complaint = _complaint_about_file(what.path)
    elif isinstance(what, FromGit):
        complaint = _complaint_about_repository(what, root)
        expected_s += 0.0 if git_source.is_local(what.repository) else _GIT_DOWNLOAD_S
    else:
        return Unobtainable(reason="", is_final=True)
    complaints = list(filter(None, (complaint, build.obstacle(requirement, root))))
    if complaints:
        provider, reason = "git" if isinstance(what, FromGit) else "source", "; ".join(complaints)
        is_told = reason.startswith(f"{provider} ")
        return Unobtainable(reason=reason if is_told else f"{provider}: {reason}")
    if made := _made_before(requirement, root):
        return Found(builds=(made,))
    return Obtainable(
        how=build.how(requirement),
        expected_s=expected_s,
        size_bytes=build.INSTALLED_BYTES,
        known=_known(requirement, root),
        get=functools.partial(_get, requirement, root),
    )


def _made_before(requirement: Requirement, root: Path) -> Build | None:
    """Return the build of the same sources with the same options, if nothing must be fetched.

    A catalogue name without options is found in the cache by its own provider.
    """
    what = requirement.what
    try:
        if isinstance(what, Target):
            rows = catalogue().sources_of(what) if requirement.is_custom else ()
            sources = [_of_release(row, root) for row in rows]
        elif isinstance(what, FromTarball):
            sources = [_local(what.path)]
        elif isinstance(what, FromGit) and git_source.is_local(what.repository):
            sources = [_at_revision(what, root)]
        else:
            sources = []
    except InterpreterError:
        return None  # it is said when it is built
    builds = (build.made_before(requirement, each, root=root) for each in sources)
    return next(filter(None, builds), None)


def _known(requirement: Requirement, root: Path) -> Known | None:
    what = requirement.what
    if isinstance(what, Target):
        return None
    version = ""
    if isinstance(what, FromGit) and git_source.is_local(what.repository):
        version = git_source.python_version(
            git_source.resolve(what.repository, what.revision, root=root)
        )
    return Known(
        implementation="cpython",
        python_version=version,
        is_free_threaded="--disable-gil" in requirement.flags,
    )


def _complaint_about_target(target: Target, requirement: Requirement) -> str:
    if requirement.needs_jit and not any("jit" in flag for flag in requirement.flags):
        return "builds a JIT only with ?flags=--enable-experimental-jit=yes-off (needs clang)"
    if catalogue().sources_of(target):
        return ""
    others = [row.version for row in catalogue().sources if row.python == target.source]
    which = f" of {target.version}, only of {', '.join(others)}" if others else " of it"
    return f"no tarball{which} in the catalogue"


def _complaint_about_network(target: Target, root: Path) -> str:
    rows = catalogue().sources_of(target)
    if any(_tarball(row, root).exists() for row in rows):
        return ""
    urls = dict.fromkeys(url for row in rows for url in _urls(row, root))
    return "" if any(map(is_reachable, urls)) else "no server of its tarball can be reached"


def _complaint_about_file(path: Path) -> str:
    if os.path.isdir(path):  # noqa: PTH112  # unlike Path, never raises
        return f"{path} is a folder: give a tarball of it, or a clone as git:REVISION@{path}"
    return "" if os.path.isfile(path) else f"{path} does not exist"  # noqa: PTH113


def _complaint_about_repository(what: FromGit, root: Path) -> str:
    if git_source.is_local(what.repository):
        try:
            commit = git_source.resolve(what.repository, what.revision, root=root)
        except InterpreterError as error:
            return str(error)
        if not git_source.python_version(commit):
            title = f"{commit.name} at {commit.revision}"
            return f"{title} has no CPython sources (no PY_VERSION in Include/patchlevel.h)"
    elif not is_reachable(what.repository):
        place = git_source.shown(what.repository)
        return f"{place} cannot be reached: give a local clone with @PATH"
    return git_source.missing_program()


def _get(requirement: Requirement, root: Path, notify: Notify) -> Build:
    what = requirement.what
    if isinstance(what, FromTarball):
        sources = _local(what.path)
    elif isinstance(what, FromGit):
        sources = _at_revision(what, root)
    else:
        assert isinstance(what, Target)  # noqa: S101  # answer() checked it
        sources = _downloaded(
            what,
            root,
            reporter(notify, requirement.name, expected_s=build.expected_s(requirement)),
        )
    return build.build(requirement, sources, root=root, notify=notify)


def _local(path: Path) -> Sources:
    try:
        sha256 = sha256_of(path)
    except OSError as error:
        raise InterpreterError(f"{path} cannot be read ({error.strerror})") from None
    stem = re.sub(r"(\.tar)?\.[a-z0-9]{2,4}$", "", path.name, flags=re.IGNORECASE)
    return Sources(
        name=re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-.")[:60] or "cpython",
        title=path.name,
        provenance=Provenance(provider="source", source=path.name, sha256=sha256),
        write_files=functools.partial(unpack, path),
    )


def _at_revision(what: FromGit, root: Path) -> Sources:
    commit = git_source.resolve(what.repository, what.revision, root=root)
    short = commit.sha[:12]
    return Sources(
        name=f"cpython-git-{short}",
        title=f"{commit.name} at {commit.revision}",
        provenance=Provenance(provider="git", source=f"{commit.name} {commit.sha}"),
        write_files=functools.partial(git_source.write_files, commit, root=root),
        # Without its history, CPython's Makefile cannot ask git for the revision.
        variables=(f"GITVERSION=echo {short}", "GITTAG=echo", "GITBRANCH=echo"),
    )


def _downloaded(target: Target, root: Path, report: Report) -> Sources:
    """Download the newest release that is available; an older one is better than none."""
    problems = []
    for source in catalogue().sources_of(target):
        tarball = _tarball(source, root)

        def on_share(share: float, name: str = tarball.name) -> None:
            report("downloading", share * DOWNLOAD_SHARE, name)

        try:
            download(_urls(source, root), sha256=source.sha256, target=tarball, on_share=on_share)
        except InterpreterError as error:
            problems.append(str(error))
            continue
        return _of_release(source, root)
    raise InterpreterError(f"no source of {target.id}: {'; '.join(problems)}")


def _of_release(source: Source, root: Path) -> Sources:
    tarball = _tarball(source, root)
    return Sources(
        name=f"cpython-{source.version}",
        title=tarball.name,
        provenance=Provenance(provider="source", source=tarball.name, sha256=source.sha256),
        write_files=functools.partial(unpack, tarball),
    )


def _tarball(source: Source, root: Path) -> Path:
    return root / "downloads" / f"Python-{source.version}.tar.xz"


def _urls(source: Source, root: Path) -> tuple[str, ...]:
    mirror = apt.mirror(root) if apt.distribution() else ""
    mirror = mirror if mirror.startswith(("http:", "https:")) else ""
    return tuple(
        url.replace("{distro_mirror}", mirror)
        for url in source.urls
        if mirror or "{distro_mirror}" not in url
    )
