"""CPython's sources at a git revision, by way of the ``git`` program.

A local clone is read and never written to. Of a URL we keep two bare repositories under
``git/<hash of the URL>/``, because one cannot serve both ends cheaply: ``sources`` holds
single commits with all their files (25 MB for CPython instead of 700), and ``commits``
holds the whole history without any file, which is what ``main~1`` or half a hash needs.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from harness.errors import InterpreterError
from harness.interpreters.disk import disk_complaint
from harness.interpreters.getting.unpack import unpack
from harness.interpreters.subprocesses import Finished, capture

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Commit", "is_local", "lay_out", "resolve", "shown"]

_ASK_S = 60.0
_FETCH_S = 600.0
_FULL_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?", re.IGNORECASE)
_REF_NAME = re.compile(r"[^\s~^:?*\[\\]+")
_KEPT = "refs/kept/"
"""Without a name of ours the server would send again what an earlier commit brought."""
_REMOTE_HEAD = "refs/remote/HEAD"
_SETTINGS = {
    # No work goes on behind our back after git has ended, and no hook of a template runs.
    "gc.auto": "0",
    "maintenance.auto": "false",
    "core.hooksPath": os.devnull,
    # The sources are those of the commit, whatever this user prefers in a checkout.
    "core.autocrlf": "false",
    "core.eol": "lf",
    "init.defaultObjectFormat": "sha1",
}
_STEERING = {
    # Set inside a git hook, these would lead to another repository than the one named.
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
"""What git says when a server gives no single commits, in contrast to having none such."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One commit of one repository."""

    repository: str
    """URL or absolute path, as used with git: it may be private, so it is never recorded."""
    name: str
    """What the repository may be called in public, such as ``cpython``."""
    revision: str
    """As it was asked for."""
    sha: str
    """The full hash."""


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """What we keep of a repository that is not on this machine."""

    url: str
    sources: Path
    commits: Path
    lock: Path


def is_local(repository: str) -> bool:
    """Say whether git would take this for a path: neither a URL nor ``host:path``."""
    if re.match(r"[A-Za-z]:[\\/]", repository):
        return True
    return ":" not in repository.partition("/")[0]


def resolve(repository: str, revision: str, *, root: Path) -> Commit:
    """Find the commit that ``revision`` means now; raise ``InterpreterError``.

    A branch is looked up anew each time. A full hash that was laid out before needs no
    network.
    """
    _refuse_odd("git repository", repository)
    _refuse_odd("git revision", revision)
    if is_local(repository):
        folder = _local_folder(repository)
        named, where = str(folder), ("-C", str(folder))
        found = _parsed(where, revision, repository=named)
        mend = "give a tag, a branch or a hash that was fetched into this clone"
    else:
        named = repository
        with _opened(repository, root) as kept:
            found = _found_remotely(kept, revision)
        mend = "give a tag, a branch or a full hash that is there"
    if not found:
        raise InterpreterError(f"git revision {revision!r} is not in {shown(named)}; {mend}")
    return Commit(repository=named, name=_public_name(named), revision=revision, sha=found)


def lay_out(commit: Commit, folder: Path, *, root: Path) -> Path:
    """Write the commit's files below the empty ``folder``; return the folder they are in.

    They are what ``git archive`` gives, so ``export-ignore`` and ``export-subst`` in the
    repository's own attributes apply, as in the tarballs that hosts of git offer. All
    files get the commit's time: ``make`` sees nothing as outdated.
    """
    where: tuple[str, ...] = ("-C", commit.repository)
    if not is_local(commit.repository):
        with _opened(commit.repository, root) as kept:
            where = _bare(kept.sources)
            if not _single(kept, commit.sha):
                raise InterpreterError(
                    f"git commit {commit.sha} is no longer in {shown(commit.repository)}; "
                    "resolve the revision again"
                )
    (root / "tmp").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="git-", dir=root / "tmp") as aside:
        if is_local(commit.repository):
            where = _without_settings(where, Path(aside, "empty"), commit.repository)
        tarball = Path(aside, f"{commit.name}-{commit.sha[:12]}.tar")
        options = ("--format=tar", "--prefix=cpython/", "-o", str(tarball))
        done = _git("archive", *options, commit.sha, where=where, timeout_s=_FETCH_S)
        if done.exit_code:
            raise _complaint(commit.repository, done)
        return unpack(tarball, folder)


def _without_settings(where: tuple[str, ...], empty: Path, repository: str) -> tuple[str, ...]:
    """Read a clone's commits through a repository of our own, which has no settings of its.

    A clone's configuration may name programs that git would run on every file of an archive:
    the files would not be those of the commit, and the programs not ours.
    """
    done = _git("rev-parse", "--git-path", "objects", where=where, timeout_s=_ASK_S)
    if done.exit_code:
        raise InterpreterError(f"git repository {repository} cannot be read: {done.last_words}")
    objects = Path(repository, done.stdout.removesuffix("\n")).resolve()
    _prepare(empty)
    (empty / "objects" / "info").mkdir(parents=True, exist_ok=True)
    (empty / "objects" / "info" / "alternates").write_bytes(os.fsencode(f"{objects}\n"))
    return _bare(empty)


def _refuse_odd(what: str, value: str) -> None:
    """Refuse what git could take for an option, or a terminal for a command."""
    if not value.strip():
        raise InterpreterError(f"the {what} is empty: name one")
    if value.startswith("-"):
        raise InterpreterError(f"{what} {value!r} starts with '-': it would be read as an option")
    if any(ord(character) < 32 or ord(character) == 127 for character in value):  # noqa: PLR2004
        raise InterpreterError(f"{what} {value!r} contains a control character: remove it")


def _local_folder(repository: str) -> Path:
    try:
        folder = Path(repository).expanduser().resolve()
    except (RuntimeError, OSError) as error:
        raise InterpreterError(f"git repository {repository!r} cannot be found: {error}") from None
    # Otherwise git goes on looking in the folders above, and would find another project.
    if (folder / ".git").exists() or (folder / "HEAD").is_file():
        return folder
    wrong = "is not a git repository" if folder.is_dir() else "does not exist"
    raise InterpreterError(
        f"git repository {folder} {wrong}; give the top folder of a clone, or a URL with https://"
    )


def _public_name(repository: str) -> str:
    path = repository.replace("\\", "/")
    if not is_local(repository):
        # Without the query, which may hold a secret; "host:path" has only a path to offer.
        path = urllib.parse.unquote(urllib.parse.urlsplit(path).path) if "://" in path else path
        path = path.rpartition(":")[2]
    parts = [part for part in path.split("/") if part not in ("", ".git")]
    name = re.sub(r"[^\w.+-]", "_", parts[-1].removesuffix(".git") if parts else "")
    return name.strip(".") or "repository"


def shown(repository: str) -> str:
    """Return the repository without a password or token."""
    return re.sub(r"(?<=://)[^/@]*@", "", repository)


@contextlib.contextmanager
def _opened(url: str, root: Path) -> Iterator[_Kept]:
    """Give what is kept of a URL to this run alone, made now if it is not there."""
    key = hashlib.sha256(url.encode()).hexdigest()[:16]
    folder = root / "git" / key
    kept = _Kept(
        url=url,
        sources=folder / "sources",
        commits=folder / "commits",
        lock=root / "locks" / f"git-{key}.lock",
    )
    try:
        kept.lock.parent.mkdir(parents=True, exist_ok=True)
        # The address goes into git's own settings there, perhaps with a token.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = filelock.FileLock(kept.lock)
        lock.acquire()
    except OSError as error:
        raise InterpreterError(disk_complaint(root, error)) from error
    try:
        yield kept
    finally:
        lock.release()


def _found_remotely(kept: _Kept, revision: str) -> str:
    if _FULL_HASH.fullmatch(revision):
        return _single(kept, revision.lower())
    if _REF_NAME.fullmatch(revision):
        advertised = _advertised(kept, revision)
        if advertised:
            return advertised
    _fetch_commits(kept, with_head=revision.startswith(("HEAD", "@")))
    return _parsed(_bare(kept.commits), revision, repository=kept.url)


def _advertised(kept: _Kept, revision: str) -> str:
    """Ask the server for a name; the order among equal ones is that of git itself."""
    patterns = (revision, f"{revision}^{{}}")
    done = _git("ls-remote", "--", kept.url, *patterns, timeout_s=_ASK_S)
    if done.exit_code:
        raise _complaint(kept.url, done)
    lines = (line.partition("\t") for line in done.stdout.splitlines())
    shas = {name: sha for sha, _, name in lines}
    for name in (revision, f"refs/{revision}", f"refs/tags/{revision}", f"refs/heads/{revision}"):
        if name in shas:
            # An annotated tag is an object of its own, the commit follows under "^{}".
            return shas.get(f"{name}^{{}}", shas[name])
    return ""


def _single(kept: _Kept, sha: str) -> str:
    """Return the commit of a full hash once ``sources`` holds it, or an empty string."""
    _prepare(kept.sources)
    where = _bare(kept.sources)
    present = _parsed(where, sha, repository=kept.url)
    if present:
        return present

    def fetch(depth: str, *refspecs: str) -> Finished:
        options = [option for option in ("--quiet", "--no-tags", "--no-prune", depth) if option]
        return _git("fetch", *options, "--", kept.url, *refspecs, where=where, timeout_s=_FETCH_S)

    done = fetch("--depth=1", f"{sha}:{_KEPT}{sha}")
    if done.exit_code and any(refusal in done.stderr for refusal in _REFUSALS):
        # An old or plain server: everything it has, which is slow but always works.
        depth = "--unshallow" if (kept.sources / "shallow").exists() else ""
        done = fetch(depth, f"+refs/heads/*:{_KEPT}heads/*", f"+refs/tags/*:{_KEPT}tags/*")
    if done.exit_code and "not our ref" not in done.stderr:
        raise _complaint(kept.url, done)
    return _parsed(where, sha, repository=kept.url)


def _fetch_commits(kept: _Kept, *, with_head: bool) -> None:
    """Bring the history up to date; a server that knows no filter sends all files, too.

    With a plain file server git 2.39 never ends here; names and full hashes work there.
    """
    _prepare(kept.commits)
    where = _bare(kept.commits)
    refspecs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
    if with_head:
        refspecs.append(f"+HEAD:{_REMOTE_HEAD}")
    options = ("--quiet", "--filter=tree:0", "--no-tags", "--prune")
    done = _git("fetch", *options, "--", kept.url, *refspecs, where=where, timeout_s=_FETCH_S)
    if not done.exit_code and with_head:
        detach = ("--no-deref", "HEAD", _REMOTE_HEAD)
        done = _git("update-ref", *detach, where=where, timeout_s=_ASK_S)
    if done.exit_code:
        raise _complaint(kept.url, done)


def _prepare(repository: Path) -> None:
    """Make an empty bare repository, or remove what a killed git left in an older one."""
    for leftover in (*repository.rglob("*.lock"), *repository.glob("objects/pack/tmp_*")):
        leftover.unlink(missing_ok=True)  # ours alone: we hold the lock
    done = _git("init", "--quiet", "--bare", "--template=", str(repository), timeout_s=_ASK_S)
    if done.exit_code:
        raise InterpreterError(
            f"{repository} cannot be used: {_words(done)}; set GILSCOPE_CACHE to another folder"
        )


def _bare(repository: Path) -> tuple[str, ...]:
    return (f"--git-dir={repository}",)


def _parsed(where: tuple[str, ...], revision: str, *, repository: str) -> str:
    """Return the full hash of the commit, or an empty string when there is none such."""
    expression = f"{revision}^{{commit}}"
    options = ("--verify", "--end-of-options", expression)
    done = _git("rev-parse", *options, where=where, timeout_s=_ASK_S)
    found = done.stdout.strip()
    if not done.exit_code and _FULL_HASH.fullmatch(found):
        return found
    if re.search(r"short object ID \S+ is ambiguous", done.stderr):
        raise InterpreterError(
            f"git revision {revision!r} is ambiguous in {shown(repository)}; give more digits"
        )
    usable = _git("rev-parse", "--git-dir", where=where, timeout_s=_ASK_S)
    if usable.exit_code:
        raise _complaint(repository, usable)
    return ""


def _git(*arguments: str, where: tuple[str, ...] = (), timeout_s: float) -> Finished:
    program = shutil.which("git")
    if program is None:
        raise InterpreterError(
            "git is not installed: install it (apt install git), or give a tarball of the sources"
        )
    settings = [part for item in _SETTINGS.items() for part in ("-c", "=".join(item))]
    try:
        return capture(
            [program, *settings, *where, *arguments], timeout_s=timeout_s, env=_environment()
        )
    except subprocess.TimeoutExpired:
        raise InterpreterError(
            f"git {arguments[0]} did not end within {timeout_s:.0f} s; "
            "try again, or give a local clone"
        ) from None
    except OSError as error:
        raise InterpreterError(f"git cannot be run: {error}") from None


def _environment() -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name not in _STEERING}
    env |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "GCM_INTERACTIVE": "never",
        "SSH_ASKPASS_REQUIRE": "never",
        "GIT_OPTIONAL_LOCKS": "0",
        # The hash must mean the files that are built, not a stand-in for them.
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }
    if "GIT_SSH" not in env:
        env.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
    return env


def _complaint(repository: str, done: Finished) -> InterpreterError:
    place = shown(repository)
    words = _words(done).replace(repository, place)
    if not is_local(repository):
        mend = "check the address and the network, or give a local clone"
    elif "safe.directory" in done.stderr:
        mend = f"if you trust it: git config --global --add safe.directory {place}"
    else:
        mend = "check it with git fsck, or give another clone"
    return InterpreterError(f"git repository {place} cannot be read: {words}; {mend}")


def _words(done: Finished) -> str:
    """Return the line that says what was wrong, which is seldom git's last."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    fatal = next((index for index, line in enumerate(lines) if line.startswith("fatal: ")), None)
    if fatal is None:
        return done.last_words
    if fatal and lines[fatal].startswith("fatal: Could not read from remote repository"):
        fatal -= 1  # what ssh said before
    return lines[fatal].removeprefix("fatal: ").rstrip(".")
