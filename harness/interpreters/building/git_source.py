"""CPython's sources at a git revision, read with the ``git`` program.

A local clone is never written to. For a URL there are two bare repositories in the cache under
``git/<hash of the URL>/``: ``sources`` with single commits and their files (25 MB for CPython
instead of 700), and ``commits`` with the history without files, for ``main~1`` or a short hash.
They cannot be one: a shallow fetch cuts the history, and git does not fetch the files of a commit
that it has without them.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import shutil
import tempfile
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.building.sources import unpack
from harness.interpreters.cache import locks
from harness.interpreters.disk import disk_errors
from harness.interpreters.programs import run_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.subprocesses import Completed

__all__ = [
    "Commit",
    "is_local",
    "missing_program",
    "python_version",
    "resolve",
    "shown",
    "write_files",
]

_ASK_S = 60.0
_FETCH_S = 600.0
_FULL_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?", re.IGNORECASE)
_REF_NAME = re.compile(r"[^\s~^:?*\[\\]+")
_KEPT = "refs/kept/"
"""Refs to what was fetched, without which the server would send it again."""
_REMOTE_HEAD = "refs/remote/HEAD"
_SETTINGS = {
    # No background work after git has exited, and no hooks.
    "gc.auto": "0",
    "maintenance.auto": "false",
    "core.hooksPath": os.devnull,
    # The files as committed, whatever this user's settings for checkouts are.
    "core.autocrlf": "false",
    "core.eol": "lf",
    "init.defaultObjectFormat": "sha1",
}
_REPOSITORY_VARIABLES = {
    # Set inside a git hook, these would lead to another repository.
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DEFAULT_HASH",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
}
_REFUSALS = ("unadvertised object", "shallow")
"""git's messages when a server does not serve single commits at all."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One commit of one repository."""

    repository: str
    """URL or absolute path for git; it may be private and is never recorded."""
    name: str
    """Public name of the repository, such as ``cpython``."""
    revision: str
    """As requested."""
    sha: str
    """The full hash."""


def is_local(repository: str) -> bool:
    """Return whether git would take this for a path: neither a URL nor ``host:path``."""
    if re.match(r"[A-Za-z]:[\\/]", repository):
        return True
    return ":" not in repository.partition("/")[0]


def resolve(repository: str, revision: str, *, root: Path) -> Commit:
    """Return the current commit of ``revision``; raise ``InterpreterError``.

    A branch is looked up each time. A full hash that was used before needs no network.
    """
    _check_argument("git repository", repository)
    _check_argument("git revision", revision)
    if is_local(repository):
        folder = _local_folder(repository)
        named, where = str(folder), ("-C", str(folder))
        sha = _parsed(where, revision, repository=named)
        hint = "give a tag, a branch or a hash that was fetched into this clone"
    else:
        named = repository
        with _open_mirror(repository, root) as mirror:
            sha = _find_remotely(repository, mirror, revision)
        hint = "give a tag, a branch or a full hash that is there"
    if not sha:
        raise InterpreterError(f"git revision {revision!r} is not in {shown(named)}; {hint}")
    return Commit(repository=named, name=_public_name(named), revision=revision, sha=sha)


def python_version(commit: Commit) -> str:
    """Return the version that the sources of a local clone record, or an empty string."""
    header = f"{commit.sha}:Include/patchlevel.h"
    done = _git("show", header, where=("-C", commit.repository))
    match = re.search(
        r'^\s*#\s*define\s+PY_VERSION\s+"([^"\s+]{1,20})\+?"', done.stdout, re.MULTILINE
    )
    return match[1] if match and not done.exit_code else ""


def write_files(commit: Commit, folder: Path, *, root: Path) -> Path:
    """Write the commit's files below the empty ``folder``; return the folder with the files.

    As ``git archive`` does, so the repository's ``export-ignore`` and ``export-subst`` apply, as
    in the tarballs of git hosts. All files get the commit's time: none is outdated for ``make``.
    """
    where: tuple[str, ...] = ("-C", commit.repository)
    if not is_local(commit.repository):
        with _open_mirror(commit.repository, root) as mirror:
            where = _bare(mirror / "sources")
            if not _single(commit.repository, mirror, commit.sha):
                raise InterpreterError(
                    f"git commit {commit.sha} is no longer in {shown(commit.repository)}; "
                    "resolve the revision again"
                )
    (root / "tmp").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="git-", dir=root / "tmp") as scratch:
        if is_local(commit.repository):
            where = _without_settings(where, Path(scratch, "empty"), commit.repository)
        tarball = Path(scratch, f"{commit.name}-{commit.sha[:12]}.tar")
        options = ("--format=tar", "--prefix=cpython/", "-o", str(tarball))
        _checked("archive", *options, commit.sha, where=where, repository=commit.repository)
        return unpack(tarball, folder)


def _without_settings(where: tuple[str, ...], empty: Path, repository: str) -> tuple[str, ...]:
    """Return a repository without settings that shares the clone's objects.

    The clone's configuration may name filter programs, which git would run on every file.
    """
    done = _checked("rev-parse", "--git-path", "objects", where=where, repository=repository)
    objects = Path(repository, done.stdout.removesuffix("\n")).resolve()
    _prepare(empty)
    (empty / "objects" / "info").mkdir(parents=True, exist_ok=True)
    (empty / "objects" / "info" / "alternates").write_bytes(os.fsencode(f"{objects}\n"))
    return _bare(empty)


def _check_argument(what: str, value: str) -> None:
    """Refuse values that git could take for an option, and control characters."""
    if not value.strip():
        raise InterpreterError(f"the {what} is empty")
    if value.startswith("-"):
        raise InterpreterError(f"{what} {value!r} starts with '-': it would be read as an option")
    if any(ord(character) < 32 or ord(character) == 127 for character in value):  # noqa: PLR2004
        raise InterpreterError(f"{what} {value!r} contains a control character: remove it")


def _local_folder(repository: str) -> Path:
    try:
        folder = Path(repository).expanduser().resolve()
    except (RuntimeError, OSError) as error:
        raise InterpreterError(f"git repository {repository!r} cannot be found: {error}") from None
    # Otherwise git would go on to search the parent folders and find another project.
    if (folder / ".git").exists() or (folder / "HEAD").is_file():
        return folder
    problem = "is not a git repository" if folder.is_dir() else "does not exist"
    raise InterpreterError(
        f"git repository {folder} {problem}; give the top folder of a clone, or a URL with https://"
    )


def _public_name(repository: str) -> str:
    path = repository.replace("\\", "/")
    if not is_local(repository):
        # Without the query, which may contain a secret; "host:path" has only a path.
        path = urllib.parse.unquote(urllib.parse.urlsplit(path).path) if "://" in path else path
        path = path.rpartition(":")[2]
    parts = [part for part in path.split("/") if part not in ("", ".git")]
    name = re.sub(r"[^\w.+-]", "_", parts[-1].removesuffix(".git") if parts else "")
    return name.strip(".") or "repository"


def shown(repository: str) -> str:
    """Return the repository without a password or token."""
    return re.sub(r"(?<=://)[^/@]*@", "", repository)


@contextlib.contextmanager
def _open_mirror(url: str, root: Path) -> Iterator[Path]:
    """Lock the mirror of a URL for this run and yield its folder; create it if necessary."""
    key = hashlib.sha256(url.encode()).hexdigest()[:16]
    folder = root / "git" / key
    with disk_errors(root):
        # git records the address in there, perhaps with a token.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = locks.build_lock(root, f"git-{key}").acquire()
    with lock:
        yield folder


def _find_remotely(url: str, mirror: Path, revision: str) -> str:
    if _FULL_HASH.fullmatch(revision):
        return _single(url, mirror, revision.lower())
    if _REF_NAME.fullmatch(revision) and (advertised := _advertised(url, revision)):
        return advertised
    commits = mirror / "commits"
    _fetch_commits(url, commits, with_head=revision.startswith(("HEAD", "@")))
    return _parsed(_bare(commits), revision, repository=url)


def _advertised(url: str, revision: str) -> str:
    """Ask the server for a ref; candidates are tried in git's own order."""
    done = _checked("ls-remote", "--", url, revision, f"{revision}^{{}}", repository=url)
    lines = (line.partition("\t") for line in done.stdout.splitlines())
    shas = {name: sha for sha, _, name in lines}
    for name in (revision, f"refs/{revision}", f"refs/tags/{revision}", f"refs/heads/{revision}"):
        if name in shas:
            # An annotated tag is an object; its commit is listed under "^{}".
            return shas.get(f"{name}^{{}}", shas[name])
    return ""


def _single(url: str, mirror: Path, sha: str) -> str:
    """Fetch a commit into ``sources``; return its hash, or an empty string if there is none."""
    sources = mirror / "sources"
    _prepare(sources)
    where = _bare(sources)
    if present := _parsed(where, sha, repository=url):
        return present
    fetch = functools.partial(_git, "fetch", "--quiet", "--no-tags", "--no-prune", where=where)
    done = fetch("--depth=1", "--", url, f"{sha}:{_KEPT}{sha}")
    if done.exit_code and any(refusal in done.stderr for refusal in _REFUSALS):
        # An old or plain server: fetch everything, which is slow but always works.
        depth = ["--unshallow"] if (sources / "shallow").exists() else []
        refspecs = (f"+refs/heads/*:{_KEPT}heads/*", f"+refs/tags/*:{_KEPT}tags/*")
        done = fetch(*depth, "--", url, *refspecs)
    if done.exit_code and "not our ref" not in done.stderr:
        raise _complaint(url, done)
    return _parsed(where, sha, repository=url)


def _fetch_commits(url: str, commits: Path, *, with_head: bool) -> None:
    """Update the history in ``commits``; a server without filters sends all files too.

    git 2.39 never finishes with a plain file server; names and full hashes work there.
    """
    _prepare(commits)
    where = _bare(commits)
    refspecs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
    if with_head:
        refspecs.append(f"+HEAD:{_REMOTE_HEAD}")
    options = ("--quiet", "--filter=tree:0", "--no-tags", "--prune")
    _checked("fetch", *options, "--", url, *refspecs, where=where, repository=url)
    if with_head:
        detach = ("--no-deref", "HEAD", _REMOTE_HEAD)
        _checked("update-ref", *detach, where=where, repository=url)


def _prepare(repository: Path) -> None:
    """Make a bare repository, or clean up an existing one after a killed git."""
    for leftover in (*repository.rglob("*.lock"), *repository.glob("objects/pack/tmp_*")):
        leftover.unlink(missing_ok=True)  # the lock is ours
    done = _git("init", "--quiet", "--bare", "--template=", str(repository))
    if done.exit_code:
        raise InterpreterError(
            f"{repository} cannot be used: {_error_line(done)}; "
            "set GILSCOPE_CACHE to another folder"
        )


def _bare(repository: Path) -> tuple[str, ...]:
    return (f"--git-dir={repository}",)


def _parsed(where: tuple[str, ...], revision: str, *, repository: str) -> str:
    """Return the full hash of the commit, or an empty string if there is no such commit."""
    options = ("--verify", "--end-of-options", f"{revision}^{{commit}}")
    done = _git("rev-parse", *options, where=where)
    sha = done.stdout.strip()
    if not done.exit_code and _FULL_HASH.fullmatch(sha):
        return sha
    if re.search(r"short object ID \S+ is ambiguous", done.stderr):
        raise InterpreterError(
            f"git revision {revision!r} is ambiguous in {shown(repository)}; give more digits"
        )
    _checked("rev-parse", "--git-dir", where=where, repository=repository)
    return ""


def _checked(*arguments: str, where: tuple[str, ...] = (), repository: str) -> Completed:
    """Run git; raise the error for ``repository`` if git fails."""
    done = _git(*arguments, where=where)
    if done.exit_code:
        raise _complaint(repository, done)
    return done


def _git(*arguments: str, where: tuple[str, ...] = ()) -> Completed:
    program = shutil.which("git")
    if program is None:
        raise InterpreterError(missing_program())
    settings = [part for item in _SETTINGS.items() for part in ("-c", "=".join(item))]
    return run_program(
        [program, *settings, *where, *arguments],
        name=f"git {arguments[0]}",
        timeout_s=_FETCH_S if arguments[0] in ("fetch", "archive") else _ASK_S,
        env=_environment(),
        hint="; try again, or give a local clone",
    )


def missing_program() -> str:
    """Return why nothing can be read from a repository here, or an empty string."""
    if shutil.which("git"):
        return ""
    return "git is not installed: install it (apt install git), or give a tarball of the sources"


def _environment() -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name not in _REPOSITORY_VARIABLES}
    env |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "GCM_INTERACTIVE": "never",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_OPTIONAL_LOCKS": "0",
        # A hash must identify the files that are built, not replacements.
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }
    if "GIT_SSH" not in env:
        env.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
    return env


def _complaint(repository: str, done: Completed) -> InterpreterError:
    place = shown(repository)
    problem = _error_line(done).replace(repository, place)
    if not is_local(repository):
        hint = "check the address and the network, or give a local clone"
    elif "safe.directory" in done.stderr:
        hint = f"if you trust it: git config --global --add safe.directory {place}"
    else:
        hint = "check it with git fsck, or give another clone"
    return InterpreterError(f"git repository {place} cannot be read: {problem}; {hint}")


def _error_line(done: Completed) -> str:
    """Return the line with the error, which is seldom git's last line."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    fatal = next((index for index, line in enumerate(lines) if line.startswith("fatal: ")), None)
    if fatal is None:
        return done.last_line
    if fatal and lines[fatal].startswith("fatal: Could not read from remote repository"):
        fatal -= 1  # ssh's message is on the line before
    return lines[fatal].removeprefix("fatal: ").rstrip(".")
