"""Real git and real repositories, beside this folder and behind ``file://`` and HTTP."""

from __future__ import annotations

import dataclasses
import http.server
import os
import subprocess
import threading
from functools import partial
from typing import TYPE_CHECKING

import filelock
import pytest

from harness.errors import InterpreterError
from harness.interpreters.building import git_source
from harness.interpreters.building.git_source import Commit, is_local, resolve, write_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = {
    "GIT_AUTHOR_NAME": "tester",
    "GIT_AUTHOR_EMAIL": "tester@example.org",
    "GIT_COMMITTER_NAME": "tester",
    "GIT_COMMITTER_EMAIL": "tester@example.org",
}
MISSING = "1234567890" * 4


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only file of settings that git reads in these tests."""
    path = tmp_path / "gitconfig"
    path.write_text("[init]\n\tdefaultBranch = main\n")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return path


def git(repository: Path, *arguments: str) -> str:
    env = {**os.environ, **NAMES}
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout


def commit(repository: Path, content: str, path: str = "Include/patchlevel.h") -> str:
    file = repository / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", content)
    return git(repository, "rev-parse", "HEAD").strip()


@dataclasses.dataclass
class Clone:
    """One, then two (``v2``), then three; a branch from two, merged into ``main``."""

    folder: Path
    one: str
    two: str
    three: str
    side: str
    merge: str

    @property
    def url(self) -> str:
        """Return the address at which git serves it."""
        return f"file://{self.folder}"


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    folder = tmp_path / "my sources é" / "cpython"
    folder.mkdir(parents=True)
    git(folder, "init", "-q")
    one = commit(folder, "one")
    git(folder, "tag", "-am", "annotated", "v1")
    two = commit(folder, "two")
    git(folder, "tag", "v2")
    three = commit(folder, "three")
    git(folder, "switch", "-qc", "3.14/side", "HEAD~1")
    side = commit(folder, "side", "Lib/ünïcode.py")
    git(folder, "switch", "-q", "main")
    git(folder, "merge", "-qm", "merge", "3.14/side")
    merge = git(folder, "rev-parse", "HEAD").strip()
    return Clone(folder=folder, one=one, two=two, three=three, side=side, merge=merge)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "the cache é"


@pytest.fixture
def served(clone: Clone) -> Iterator[str]:
    """Serve the clone by a plain file server: no filters, no single commits."""
    git(clone.folder, "update-server-info")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # inherited
            del format, args

    handler = partial(Quiet, directory=str(clone.folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/.git"
        server.shutdown()
        thread.join()


def state_of(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")}


@pytest.mark.parametrize("where", ["folder", "url"])
@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        ("main", "merge"),
        ("HEAD", "merge"),
        ("refs/heads/main", "merge"),
        ("heads/main", "merge"),
        ("3.14/side", "side"),
        ("v1", "one"),
        ("tags/v1", "one"),
        ("v2", "two"),
        ("main~1", "three"),
        ("HEAD^2", "side"),
        ("@~2", "two"),
        ("v2^", "one"),
        ("v1^{{commit}}", "one"),
        ("v2-1-g{three:.9}", "three"),
        ("{three}", "three"),
        ("{three:.9}", "three"),
        ("{three}~2", "one"),
    ],
)
def test_a_revision_is_resolved(
    clone: Clone, root: Path, where: str, revision: str, expected: str
) -> None:
    shas = dataclasses.asdict(clone)
    repository = str(getattr(clone, where))
    asked = revision.format_map(shas)
    found = resolve(repository, asked, root=root)
    assert found == Commit(
        repository=repository, name="cpython", revision=asked, sha=shas[expected]
    )


@pytest.mark.parametrize("does_filter", [True, False])
def test_what_a_url_holds_is_laid_out(clone: Clone, root: Path, *, does_filter: bool) -> None:
    git(clone.folder, "config", "uploadpack.allowFilter", str(does_filter).lower())
    for number, revision in enumerate(("main", "main~1", "v1", clone.side)):
        found = resolve(clone.url, revision, root=root)
        folder = write_files(found, root / str(number), root=root)
        expected = git(clone.folder, "ls-tree", "-rz", "--name-only", revision).split("\0")
        files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        assert files == set(filter(None, expected))
        assert (folder / "Include" / "patchlevel.h").read_text() == git(
            clone.folder, "show", f"{revision}:Include/patchlevel.h"
        )
        assert folder == root / str(number) / "cpython"
    assert list((root / "tmp").iterdir()) == []


def test_a_local_clone_is_read_and_never_changed(clone: Clone, root: Path) -> None:
    before = state_of(clone.folder)
    found = resolve(str(clone.folder), "main~1", root=root)
    folder = write_files(found, root / "out", root=root)
    assert (folder / "Include" / "patchlevel.h").read_text() == "three"
    assert state_of(clone.folder) == before
    assert not (root / "git").exists()


def test_a_local_clone_can_be_named_in_many_ways(
    clone: Clone, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path / "bare" / "cpython.git"
    git(tmp_path, "clone", "-q", "--bare", str(clone.folder), str(bare))
    tree = tmp_path / "tree" / "cpython"
    git(clone.folder, "worktree", "add", "-q", str(tree), "v1")
    monkeypatch.chdir(clone.folder.parent)
    monkeypatch.setenv("HOME", str(tmp_path))
    ways = ("cpython", "./cpython/", "~/bare/cpython.git", str(tree), str(clone.folder / ".git"))
    for number, way in enumerate(ways):
        found = resolve(way, "v2", root=root)
        assert (found.name, found.sha) == ("cpython", clone.two)
        assert found.repository.startswith(str(tmp_path))
        folder = write_files(found, root / str(number), root=root)
        assert (folder / "Include" / "patchlevel.h").read_text() == "two"


def test_a_branch_that_moved_is_found_where_it_is_now(clone: Clone, root: Path) -> None:
    asked = ("main", "main~1", "HEAD~1")
    before = [resolve(clone.url, revision, root=root).sha for revision in asked]
    assert before == [clone.merge, clone.three, clone.three]
    git(clone.folder, "reset", "-q", "--hard", "v2")
    new = commit(clone.folder, "new")
    git(clone.folder, "branch", "-qD", "3.14/side")
    git(clone.folder, "branch", "-q", "3.14")
    git(clone.folder, "tag", "-f", "v2", "v1")
    found = resolve(clone.url, "main", root=root)
    assert found.sha == new
    assert (
        write_files(found, root / "out", root=root) / "Include/patchlevel.h"
    ).read_text() == "new"
    for revision, sha in (("main~1", clone.two), ("3.14~1", clone.two), ("v2", clone.one)):
        assert resolve(clone.url, revision, root=root).sha == sha
    with pytest.raises(InterpreterError, match=r"'3\.14/side~1' is not in"):
        resolve(clone.url, "3.14/side~1", root=root)


def test_a_full_hash_needs_no_network_the_second_time(clone: Clone, root: Path) -> None:
    found = resolve(clone.url, clone.two.upper(), root=root)
    assert found.sha == clone.two
    clone.folder.rename(clone.folder.with_name("away"))
    assert resolve(clone.url, clone.two, root=root).sha == clone.two
    folder = write_files(found, root / "out", root=root)
    assert (folder / "Include" / "patchlevel.h").read_text() == "two"


def test_a_single_commit_is_fetched_without_the_history(clone: Clone, root: Path) -> None:
    resolve(clone.url, clone.two, root=root)
    sources = next(root.glob("git/*/sources"))
    assert git(sources, "rev-list", "--all").split() == [clone.two]
    assert list(root.glob("git/*/commits")) == []


def test_the_history_is_fetched_without_files(clone: Clone, root: Path) -> None:
    git(clone.folder, "config", "uploadpack.allowFilter", "true")
    assert resolve(clone.url, "main~3", root=root).sha == clone.one
    commits = next(root.glob("git/*/commits"))
    held = git(commits, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)")
    assert set(held.split()) == {"commit", "tag"}


def test_a_server_that_gives_no_single_commits_gives_all(
    clone: Clone, root: Path, settings: Path
) -> None:
    with settings.open("a") as file:
        file.write("[protocol]\n\tversion = 0\n")
    at_tip = resolve(clone.url, clone.merge, root=root)  # this much the old protocol allows
    found = resolve(clone.url, clone.one, root=root)
    for one, text in ((at_tip, "three"), (found, "one")):
        folder = write_files(one, root / text, root=root)
        assert (folder / "Include" / "patchlevel.h").read_text() == text
    with pytest.raises(InterpreterError, match=f"{MISSING}' is not in"):
        resolve(clone.url, MISSING, root=root)


@pytest.mark.parametrize(("revision", "text"), [("v2", "two"), ("main", "three"), ("", "one")])
def test_a_plain_file_server_will_do_for_names_and_full_hashes(
    clone: Clone, root: Path, served: str, revision: str, text: str
) -> None:
    found = resolve(served, revision or clone.one, root=root)
    folder = write_files(found, root / "out", root=root)
    assert (folder / "Include" / "patchlevel.h").read_text() == text


def test_what_a_killed_git_left_is_no_obstacle(clone: Clone, root: Path) -> None:
    resolve(clone.url, clone.one, root=root)
    resolve(clone.url, "main~1", root=root)
    for repository in root.glob("git/*/*"):
        for name in ("shallow.lock", "HEAD.lock", "config.lock", "refs/heads/main.lock"):
            (repository / name).touch()
        (repository / "objects/pack/tmp_pack_x").touch()
    assert resolve(clone.url, clone.two, root=root).sha == clone.two
    commit(clone.folder, "new")
    assert resolve(clone.url, "main~1", root=root).sha == clone.merge
    assert list(root.glob("git/**/*.lock")) == []
    assert list(root.glob("git/**/tmp_*")) == []


def test_two_runs_at_once_do_not_meet(clone: Clone, root: Path) -> None:
    found = resolve(clone.url, "main", root=root)
    (lock,) = (root / "locks").glob("git-*.lock")
    folders: list[Path] = []

    def work() -> None:
        folders.append(write_files(found, root / "out", root=root))

    with filelock.FileLock(lock):
        thread = threading.Thread(target=work)
        thread.start()
        assert not (root / "out").exists()
    thread.join()
    assert folders == [root / "out" / "cpython"]


def test_the_files_are_those_of_the_commit(clone: Clone, root: Path, settings: Path) -> None:
    with settings.open("a") as file:
        file.write("[core]\n\tautocrlf = true\n")
    (clone.folder / "run").write_text("#!/bin/sh\n")
    (clone.folder / "run").chmod(0o755)
    (clone.folder / "link").symlink_to("Include/patchlevel.h")
    (clone.folder / ".gitattributes").write_text("version export-subst\nsecret export-ignore\n")
    (clone.folder / "secret").touch()
    sha = commit(clone.folder, "$Format:%H$", "version")
    git(clone.folder, "replace", "HEAD", "v1^{commit}")
    folder = write_files(resolve(clone.url, "main", root=root), root / "out", root=root)
    assert (folder / "run").read_bytes() == b"#!/bin/sh\n"
    assert os.access(folder / "run", os.X_OK)
    assert (folder / "link").read_text() == "three"
    assert (folder / "version").read_text() == sha
    assert not (folder / "secret").exists()


def test_the_environment_leads_nowhere_else(
    clone: Clone, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    for name, path in (("DIR", other / ".git"), ("WORK_TREE", other), ("INDEX_FILE", other / "i")):
        monkeypatch.setenv(f"GIT_{name}", str(path))
    for repository in (str(clone.folder), clone.url):
        assert resolve(repository, "main~1", root=root).sha == clone.three


def test_git_is_never_asked_to_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    env = git_source._environment()
    assert env["GIT_TERMINAL_PROMPT"] == "0"
    assert env["GIT_ASKPASS"] == ""
    assert env["GIT_SSH_COMMAND"] == "ssh -oBatchMode=yes"
    monkeypatch.setenv("GIT_SSH_COMMAND", "ssh -i key")
    assert git_source._environment()["GIT_SSH_COMMAND"] == "ssh -i key"
    monkeypatch.delenv("GIT_SSH_COMMAND")
    monkeypatch.setenv("GIT_SSH", "plink")
    assert "GIT_SSH_COMMAND" not in git_source._environment()


@pytest.mark.parametrize("where", ["folder", "url"])
@pytest.mark.parametrize(
    "revision",
    [
        "nonesuch",
        "main~99",
        "deadbeef",
        MISSING,
        "main:Include",
        "v1..v2",
        "^main",
        "a b",
        "*",
        "é",
    ],
)
def test_a_revision_that_is_not_there_is_named(
    clone: Clone, root: Path, where: str, revision: str
) -> None:
    repository = str(getattr(clone, where))
    with pytest.raises(InterpreterError) as failed:
        resolve(repository, revision, root=root)
    message = str(failed.value)
    assert message.startswith(f"git revision {revision!r} is not in {repository}; give a tag")


def test_half_a_hash_that_fits_many_commits_is_ambiguous(clone: Clone, root: Path) -> None:
    # Among 300 hashes two begin with the same four digits as good as always; two such
    # are looked for, so that it does not depend on luck.
    tree = git(clone.folder, "rev-parse", "HEAD^{tree}").strip()
    seen: dict[str, str] = {}
    number = 0
    while True:
        sha = git(clone.folder, "commit-tree", "-m", str(number), tree).strip()
        if seen.setdefault(sha[:4], sha) != sha:
            break
        number += 1
    for name, one in (("a", sha), ("b", seen[sha[:4]])):
        git(clone.folder, "branch", name, one)
    for repository in (str(clone.folder), clone.url):
        with pytest.raises(InterpreterError, match=f"{sha[:4]}' is ambiguous in .*; give more"):
            resolve(repository, sha[:4], root=root)


@pytest.mark.parametrize(
    "value", ["", " ", "--upload-pack=touch x", "-x", "a\nb", "a\x1b[1m", "\x7f"]
)
def test_a_value_that_could_be_something_else_is_refused(
    clone: Clone, root: Path, value: str
) -> None:
    for repository, revision in ((value, "main"), (str(clone.folder), value), (clone.url, value)):
        with pytest.raises(InterpreterError, match=r"is empty|starts with '-'|control character"):
            resolve(repository, revision, root=root)


def test_a_folder_that_is_no_clone_is_named(clone: Clone, root: Path) -> None:
    inside = clone.folder / "Include"
    for path, wrong in ((inside, "is not a git repository"), (root, "does not exist")):
        with pytest.raises(InterpreterError, match=f"{path} {wrong}; give the top folder"):
            resolve(str(path), "main", root=root)
    with pytest.raises(InterpreterError, match="cannot be found"):
        resolve("~nobody-of-this-name/cpython", "main", root=root)


def test_a_broken_clone_is_named_with_what_git_says(clone: Clone, root: Path) -> None:
    (clone.folder / ".git" / "HEAD").unlink()
    with pytest.raises(InterpreterError, match=r"cpython cannot be read: not a git rep.*; check"):
        resolve(str(clone.folder), "main", root=root)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///nonesuch/cpython", "'/nonesuch/cpython' does not appear to be a git repository"),
        ("http://127.0.0.1:1/cpython", "Failed to connect"),
        ("http://me:secret@127.0.0.1:1/cpython", "Failed to connect"),
        ("nonesuch://host/cpython", "nonesuch"),
        ("ext::sh -c false", "transport 'ext' not allowed"),
    ],
)
@pytest.mark.parametrize("revision", ["main", "main~1", MISSING])
def test_a_url_that_cannot_be_reached_is_named_with_what_git_says(
    root: Path, url: str, words: str, revision: str
) -> None:
    with pytest.raises(InterpreterError) as failed:
        resolve(url, revision, root=root)
    message = str(failed.value)
    shown = url.replace("me:secret@", "")
    assert message.startswith(f"git repository {shown} cannot be read: ")
    assert words in message
    assert "\n" not in message
    assert message.endswith("; check the address and the network, or give a local clone")
    assert "secret" not in message


def test_a_commit_that_is_gone_is_said_to_be_gone(clone: Clone, root: Path) -> None:
    found = resolve(clone.url, "main", root=root)
    gone = dataclasses.replace(found, sha=MISSING)
    with pytest.raises(InterpreterError, match=f"git commit {MISSING} is no longer in"):
        write_files(gone, root / "out", root=root)
    with pytest.raises(InterpreterError, match="cannot be read: "):
        write_files(
            dataclasses.replace(gone, repository=str(clone.folder)), root / "out", root=root
        )
    assert not (root / "out").exists()


def test_a_machine_without_git_is_told_how_to_get_it(
    clone: Clone, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(root))
    with pytest.raises(InterpreterError, match=r"git is not installed: install it \(apt install"):
        resolve(clone.url, "main", root=root)


def test_git_that_hangs_is_given_up(
    clone: Clone, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nsleep 600\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setattr(git_source, "_ASK_S", 0.2)
    with pytest.raises(
        InterpreterError, match=r"ls-remote did not answer within 0\.2 s; try again"
    ):
        resolve(clone.url, "main", root=root)


def test_a_cache_that_cannot_be_used_is_named(clone: Clone, root: Path) -> None:
    root.write_text("a file")
    with pytest.raises(InterpreterError, match=r"é cannot be used: .*; set GILSCOPE_CACHE"):
        resolve(clone.url, "main", root=root)


@pytest.mark.parametrize(
    ("repository", "expected", "name"),
    [
        ("https://github.com/python/cpython", False, "cpython"),
        ("https://github.com/python/cpython.git/?token=secret", False, "cpython"),
        ("ssh://git@host:22/me/my%20python.git", False, "my_python"),
        ("git@github.com:me/cpython.git", False, "cpython"),
        ("host:cpython", False, "cpython"),
        ("file:///home/me/private/cpython", False, "cpython"),
        ("https://github.com", False, "repository"),
        ("/home/me/private/cpython/.git", True, "cpython"),
        ("/home/me/a:b/..", True, "repository"),
        ("./a:b", True, "a_b"),
        ("~/cpython", True, "cpython"),
        ("cpython", True, "cpython"),
        (r"C:\me\cpython", True, "cpython"),
        ("/", True, "repository"),
    ],
)
def test_a_path_is_told_from_a_url_and_never_shown(
    repository: str, name: str, *, expected: bool
) -> None:
    assert is_local(repository) is expected
    assert git_source._public_name(repository) == name


def test_a_clones_own_settings_run_nothing_and_change_nothing(
    clone: Clone, root: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    git(clone.folder, "config", "filter.x.smudge", f"touch '{mark}'; sed s/one/evil/")
    (clone.folder / ".gitattributes").write_text("* filter=x\n")
    sha = commit(clone.folder, "one")
    mark.unlink(missing_ok=True)
    sources = write_files(resolve(str(clone.folder), sha, root=root), tmp_path / "out", root=root)
    assert (sources / "Include" / "patchlevel.h").read_text() == "one"
    assert not mark.exists()
