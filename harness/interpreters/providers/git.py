"""Build CPython from a git revision of a local clone or a remote repository."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from harness.interpreters.building import build, git_source
from harness.interpreters.building.build import Sources
from harness.interpreters.building.source_version import refuse_unless_cpython
from harness.interpreters.getting.reachability import is_reachable
from harness.interpreters.naming.requirement import FromGit
from harness.interpreters.providers.answer import Answer, Obtainable, Unobtainable
from harness.model import Build, Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interpreters.building.git_source import Commit
    from harness.interpreters.naming.requirement import Requirement
    from harness.interpreters.progress import Notify

__all__ = ["answer"]

_DOWNLOAD_S = 30.0


def answer(requirement: Requirement, *, root: Path) -> Answer:
    """Return whether the repository can be reached and there is a compiler."""
    what = requirement.what
    if not isinstance(what, FromGit):
        return Unobtainable(reason="")
    is_local = git_source.is_local(what.repository)
    if not is_local and not is_reachable(what.repository):
        place = git_source.shown(what.repository)
        reason = f"git: {place} cannot be reached: give a local clone with @PATH"
        return Unobtainable(reason=reason)
    complaint = build.obstacle(requirement, root)
    if complaint:
        return Unobtainable(reason=f"git: {complaint}")
    return Obtainable(
        how=build.how(requirement),
        expected_s=build.expected_s(requirement) + (0.0 if is_local else _DOWNLOAD_S),
        size_bytes=build.size_bytes(),
        get=functools.partial(_get, requirement, what, root),
    )


def _get(requirement: Requirement, what: FromGit, root: Path, notify: Notify) -> Build:
    commit = git_source.resolve(what.repository, what.revision, root=root)
    return build.build(requirement, _sources(commit, root), root=root, notify=notify)


def _sources(commit: Commit, root: Path) -> Sources:
    short = commit.sha[:12]
    return Sources(
        name=f"cpython-git-{short}",
        provenance=Provenance(provider="git", source=f"{commit.name} {commit.sha}"),
        write_files=functools.partial(_written, commit, root),
        # Without its history, CPython's Makefile cannot ask git for the revision.
        variables=(f"GITVERSION=echo {short}", "GITTAG=echo", "GITBRANCH=echo"),
    )


def _written(commit: Commit, root: Path, folder: Path) -> Path:
    top = git_source.write_files(commit, folder, root=root)
    refuse_unless_cpython(top, name=f"{commit.name} at {commit.revision}")
    return top
