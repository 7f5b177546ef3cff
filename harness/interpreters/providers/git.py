"""Build CPython from a git revision, of a local clone or of any repository git can reach."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from harness.interpreters.building import build, git_source
from harness.interpreters.building.build import Material
from harness.interpreters.building.source_version import refuse_unless_cpython
from harness.interpreters.getting.reachability import is_reachable
from harness.interpreters.naming.wanted import FromGit
from harness.interpreters.providers.answer import Answer, CanGet, Cannot
from harness.model import Build, Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interpreters.building.git_source import Commit
    from harness.interpreters.naming.wanted import Wanted
    from harness.interpreters.progress import Tell

__all__ = ["answer"]

_FETCH_S = 30.0


def answer(wanted: Wanted, *, root: Path) -> Answer:
    """Say whether the repository can be reached and a compiler is here."""
    what = wanted.what
    if not isinstance(what, FromGit):
        return Cannot(reason="")
    is_local = git_source.is_local(what.repository)
    if not is_local and not is_reachable(what.repository):
        place = git_source.shown(what.repository)
        reason = f"git: {place} cannot be reached from here; name a local clone with @PATH"
        return Cannot(reason=reason)
    complaint = build.obstacle(wanted, root)
    if complaint:
        return Cannot(reason=f"git: {complaint}")
    return CanGet(
        how=build.how(wanted),
        expected_s=build.expected_s(wanted) + (0.0 if is_local else _FETCH_S),
        size_bytes=build.size_bytes(),
        get=functools.partial(_get, wanted, what, root),
    )


def _get(wanted: Wanted, what: FromGit, root: Path, tell: Tell) -> Build:
    commit = git_source.resolve(what.repository, what.revision, root=root)
    return build.build(wanted, _material(commit, root), root=root, tell=tell)


def _material(commit: Commit, root: Path) -> Material:
    short = commit.sha[:12]
    return Material(
        name=f"cpython-git-{short}",
        provenance=Provenance(provider="git", source=f"{commit.name} {commit.sha}"),
        lay_out=functools.partial(_laid_out, commit, root),
        # The tree has no history in it; so told, the interpreter knows its revision.
        variables=(f"GITVERSION=echo {short}", "GITTAG=echo", "GITBRANCH=echo"),
    )


def _laid_out(commit: Commit, root: Path, folder: Path) -> Path:
    sources = git_source.lay_out(commit, folder, root=root)
    refuse_unless_cpython(sources, name=f"{commit.name} at {commit.revision}")
    return sources
