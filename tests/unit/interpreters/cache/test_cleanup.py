from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock
import msgspec
import pytest

from harness.errors import ConfigError, InterpreterError
from harness.interpreters.cache import locks
from harness.interpreters.cache.cleanup import listing, prune, remove
from harness.interpreters.cache.entries import Recipe, Workspace, keys, make_once
from harness.model import Provenance
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.model import Build

DAY_S = 86_400
RECIPE = Recipe(
    name="cpython-3.14.7",
    provenance=Provenance(provider="source", source="Python-3.14.7.tar.xz"),
    flags=("--enable-optimizations",),
)
HOLDER = """
import subprocess, sys
from pathlib import Path
from harness.interpreters.cache import locks
locks.lock_until_exit(Path(sys.argv[1]), sys.argv[2])
worker = subprocess.Popen(
    [sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"],
    stdin=0, stdout=1, close_fds=False,
) if sys.argv[3] == "with worker" else None
print("find_installed", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def keep(fake: Callable[..., Path], root: Path) -> Callable[..., Build]:
    def make(name: str = RECIPE.name, **facts: Any) -> Build:
        def install(workspace: Workspace) -> Path:
            workspace.log.write_text("x" * 100)
            workspace.prefix.mkdir()
            return Path(shutil.copy(fake(name, **facts), workspace.prefix / "python"))

        return make_once(root, msgspec.structs.replace(RECIPE, name=name), make=install)

    return make


def age(path: Path, days: float) -> Path:
    """Let the file, or the folder with all that is in it, be that old."""
    then = time.time() - days * DAY_S
    for one in [*path.rglob("*"), path]:
        os.utime(one, (then, then), follow_symlinks=False)
    return path


def age_entries(root: Path, days: float) -> None:
    for folder in root.glob("interpreters/*"):
        age(folder, days)


@contextlib.contextmanager
def find_installed(root: Path, key: str, *, how: str = "alone") -> Iterator[subprocess.Popen[str]]:
    """Hold the entry in another process; a worker of it, if any, shares its pipes."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root), key, how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        expected = {"find_installed"} | ({"up"} if how == "with worker" else set())
        assert {process.stdout.readline().strip() for _ in expected} == expected
        yield process


def end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.wait(30) == 0


def test_without_a_store_there_is_nothing_to_list_or_to_prune(root: Path) -> None:
    assert listing(root) == ()
    assert prune(root, 0) == ()
    with pytest.raises(ConfigError, match="the cache is empty"):
        remove(root, "cpython")
    assert not root.exists()


def test_a_row_tells_what_the_record_says(keep: Callable[..., Build], root: Path) -> None:
    keep()
    (row,) = listing(root)
    assert (row.id, row.name) == (RECIPE.key, "cpython-3.14.7")
    assert (row.provider, row.source) == ("source", "Python-3.14.7.tar.xz")
    assert (row.version, row.kind, row.optimised) == ("3.14.7", "GIL", "PGO")
    assert row.size_bytes == next(root.glob("interpreters/*/prefix/python")).stat().st_size
    assert row.state == "complete"
    assert row.created.startswith("20")
    assert row.duration_s is not None


@pytest.mark.parametrize(
    ("facts", "flags", "expected"),
    [
        ({"is_free_threaded": True}, ("--disable-gil",), ("free-threaded", "no PGO/LTO")),
        ({}, ("--enable-optimizations", "--with-lto"), ("GIL", "PGO+LTO")),
        ({}, ("--with-lto=thin",), ("GIL", "LTO")),
        ({}, ("--with-lto=no",), ("GIL", "no PGO/LTO")),
        ({}, (), ("GIL", "not known")),
        ({"implementation": "pypy"}, ("pypy3_8.0.1_amd64.deb",), ("GIL", "not known")),
    ],
)
def test_how_it_is_optimised_is_read_from_its_options(
    fake: Callable[..., Path],
    root: Path,
    facts: dict[str, Any],
    flags: tuple[str, ...],
    expected: tuple[str, str],
) -> None:
    def install(workspace: Workspace) -> Path:
        workspace.prefix.mkdir()
        return Path(shutil.copy(fake(**facts), workspace.prefix / "python"))

    make_once(root, msgspec.structs.replace(RECIPE, flags=flags), make=install)
    (row,) = listing(root)
    assert (row.kind, row.optimised) == expected


def test_what_is_not_complete_is_listed_too(keep: Callable[..., Build], root: Path) -> None:
    keep("half")
    keep("spoilt")
    next(root.glob("interpreters/half-*/build.json")).unlink()
    next(root.glob("interpreters/spoilt-*/build.json")).write_text("{")
    assert [(row.name == row.id, row.state) for row in listing(root)] == [
        (True, "incomplete"),
        (True, "unreadable"),
    ]
    assert all(row.size_bytes > 0 for row in listing(root))


def test_holding_is_using(keep: Callable[..., Build], root: Path) -> None:
    keep()
    age_entries(root, 10)
    (before,) = listing(root)
    with locks.shared_lock(root, RECIPE.key):
        (after,) = listing(root)
    assert before.last_used < before.created <= after.last_used


def test_removing_takes_the_entry_and_its_log(keep: Callable[..., Build], root: Path) -> None:
    keep("one")
    keep("two")
    (one, _) = listing(root)
    removed = remove(root, "one")
    assert removed.id == one.id
    assert removed.freed_bytes > one.size_bytes + 100
    assert [row.name for row in listing(root)] == ["two"]
    assert [path.name for path in (root / "logs").iterdir()] == [f"{keys(root)[0]}.log"]
    with pytest.raises(ConfigError, match="no cached interpreter"):
        remove(root, "one")


def test_a_linked_entry_loses_only_its_link(
    keep: Callable[..., Build], root: Path, tmp_path: Path
) -> None:
    keep()
    folder = root / "interpreters" / RECIPE.key
    folder.rename(tmp_path / "larger disk")
    folder.symlink_to(tmp_path / "larger disk")
    remove(root, RECIPE.key)
    assert keys(root) == []
    assert (tmp_path / "larger disk" / "prefix" / "python").exists()


def test_what_is_being_made_is_not_removed(keep: Callable[..., Build], root: Path) -> None:
    keep()
    next(root.glob("interpreters/*/build.json")).unlink()
    aside = root / "tmp" / RECIPE.key
    aside.mkdir(parents=True)
    age(root / "tmp", 10)
    age(root / "logs", 10)
    with filelock.FileLock(root / "locks" / f"{RECIPE.key}.lock"):
        with pytest.raises(InterpreterError, match="is being made by another run"):
            remove(root, RECIPE.key)
        assert prune(root, 0) == ()
    assert aside.exists()
    assert [one.id for one in prune(root, 30)] == [RECIPE.key]
    assert not aside.exists()


def test_what_another_process_uses_is_not_removed(keep: Callable[..., Build], root: Path) -> None:
    keep()
    with find_installed(root, RECIPE.key) as process:
        age_entries(root, 10)
        with pytest.raises(InterpreterError, match="in use by another run"):
            remove(root, RECIPE.key)
        assert RECIPE.key not in [one.id for one in prune(root, 0)]
        # Others may use it as well.
        with locks.shared_lock(root, RECIPE.key):
            pass
        end(process)
    assert [one.id for one in prune(root, 0)] == [RECIPE.key]


def test_a_killed_run_holds_nothing(keep: Callable[..., Build], root: Path) -> None:
    keep()
    with find_installed(root, RECIPE.key) as process:
        process.kill()
        process.wait(30)
        assert remove(root, RECIPE.key).id == RECIPE.key


def test_a_worker_that_outlives_the_run_holds_nothing(
    keep: Callable[..., Build], root: Path
) -> None:
    keep()
    with find_installed(root, RECIPE.key, how="with worker") as process:
        process.kill()
        process.wait(30)
        # The worker still waits for the end of its input, which comes when this block ends.
        assert remove(root, RECIPE.key).id == RECIPE.key


def test_a_broken_entry_in_use_is_not_made_again(keep: Callable[..., Build], root: Path) -> None:
    build = keep()
    with find_installed(root, RECIPE.key) as process:
        Path(build.path).write_text("#!/bin/sh\nexit 1\n")
        with pytest.raises(InterpreterError, match="in use"):
            keep()
        assert Path(build.path).exists()
        end(process)
    assert keep().version == "3.14.7"


def test_builds_of_the_store_are_held_until_the_process_ends(
    keep: Callable[..., Build], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptors: list[int] = []
    monkeypatch.setattr(locks, "_locked", set())
    opened = locks._open

    def spy(*place: Any) -> int:
        descriptors.append(opened(*place))
        return descriptors[-1]

    monkeypatch.setattr(locks, "_open", spy)
    builds = [keep("one"), keep("two")]
    descriptors.clear()
    outside = msgspec.structs.replace(builds[0], path="/usr/bin/python3", real_path="/usr/bin/x")
    linked = tmp_path / "linked"
    linked.symlink_to(builds[1].path)
    by_link = msgspec.structs.replace(builds[1], path=str(linked))
    try:
        locks.lock_builds(root, [builds[0], outside, by_link, builds[0]])
        locks.lock_builds(root, [builds[0]])
        assert len(descriptors) == 2
        assert not any(map(os.get_inheritable, descriptors))
        for name in ("one", "two"):
            with pytest.raises(InterpreterError, match="in use"):
                remove(root, name)
    finally:
        for descriptor in descriptors[:2]:
            os.close(descriptor)


def test_what_was_removed_meanwhile_cannot_be_held(keep: Callable[..., Build], root: Path) -> None:
    build = keep()
    remove(root, RECIPE.key)
    with pytest.raises(InterpreterError, match="was removed by another run"):
        locks.lock_builds(root, [build])


def test_pruning_goes_by_the_last_use(keep: Callable[..., Build], root: Path) -> None:
    keep("old")
    keep("used")
    keep("new")
    age_entries(root, 31)
    locks._mark_used(root, next(key for key in keys(root) if key.startswith("used-")))
    next_key = next(key for key in keys(root) if key.startswith("new-"))
    age(root / "interpreters" / next_key, 29)
    assert [one.id.partition("-")[0] for one in prune(root, 30)] == ["old"]
    assert [one.id.partition("-")[0] for one in prune(root, 0)] == ["new", "used"]


def test_pruning_removes_incomplete_entries_however_new(
    keep: Callable[..., Build], root: Path
) -> None:
    keep()
    next(root.glob("interpreters/*/build.json")).unlink()
    assert [one.id for one in prune(root, 365)] == [RECIPE.key]


def test_pruning_leaves_what_the_disk_does_not_let_it_read(
    keep: Callable[..., Build], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep()
    read_bytes = Path.read_bytes

    def fails(path: Path) -> bytes:
        if path.name == "build.json":
            raise OSError(errno.EMFILE, "too many open files")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", fails)
    assert prune(root, 365) == ()
    monkeypatch.undo()
    assert [one.state for one in listing(root)] == ["complete"]


@pytest.fixture
def leftovers(root: Path) -> list[str]:
    names = [
        "downloads/Python.tar.xz",
        "logs/gone.log",
        "git/cpython/HEAD",
        "probes/one.json",
        "configure/0123.cache",
        "bytecode/0123/x.pyc",
        "tmp/apt-1/lists",
        "worker-site/pyperf/x.py",
    ]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x" * 10)
    return names


def test_old_leftovers_are_pruned(root: Path, leftovers: list[str]) -> None:
    for name in leftovers:
        age(root / name.partition("/")[0], 31)
    (root / "git" / "cpython" / "HEAD").touch()
    removed = {one.id: one.freed_bytes for one in prune(root, 30)}
    assert removed == {
        "downloads/Python.tar.xz": 10,
        "logs/gone.log": 10,
        "probes/one.json": 10,
        "configure/0123.cache": 10,
        "bytecode/0123": 10,
        "tmp/apt-1": 10,
    }
    assert [name for name in leftovers if (root / name).exists()] == [
        "git/cpython/HEAD",
        "worker-site/pyperf/x.py",
    ]


def test_what_a_run_may_be_getting_now_is_left(root: Path, leftovers: list[str]) -> None:
    (root / "downloads" / "fetch-1").mkdir()
    (root / "locks").mkdir()
    lock = filelock.FileLock(root / "locks" / "git-cpython.lock")
    lock.acquire()
    removed = [one.id for one in prune(root, 0)]
    assert removed == [
        "downloads/Python.tar.xz",
        "logs/gone.log",
        "probes/one.json",
        "configure/0123.cache",
        "bytecode/0123",
    ]
    age(root, 1)
    assert [one.id for one in prune(root, 0)] == ["downloads/fetch-1", "tmp/apt-1"]
    assert (root / "git" / "cpython").exists()
    lock.release()
    assert [one.id for one in prune(root, 0)] == ["git/cpython"]
    assert (root / leftovers[-1]).exists()


def test_what_vanishes_meanwhile_is_left_to_whoever_is_at_work(
    root: Path, leftovers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(path: str) -> os.stat_result:
        raise FileNotFoundError(path)

    age(root, 31)
    monkeypatch.setattr(os, "lstat", vanish)
    removed = [one.id for one in prune(root, 30)]
    assert not {"bytecode/0123", "git/cpython", "tmp/apt-1"} & set(removed)
    assert (root / leftovers[5]).exists()


def test_bytecode_is_left_while_a_run_goes_on(
    keep: Callable[..., Build], root: Path, leftovers: list[str]
) -> None:
    keep()
    age(root, 31)
    with locks.shared_lock(root, RECIPE.key):
        assert "bytecode/0123" not in [one.id for one in prune(root, 0)]
    assert (root / leftovers[5]).exists()


@pytest.mark.parametrize("days", [-1, -0.5, float("nan")])
def test_less_than_no_days_are_refused(root: Path, days: float) -> None:
    with pytest.raises(ConfigError, match="give 0 or more"):
        prune(root, days)


def test_a_store_that_cannot_be_changed_is_a_sentence(
    keep: Callable[..., Build], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    keep()
    monkeypatch.setattr(shutil, "rmtree", refuse)
    for removing in (lambda: remove(root, RECIPE.key), lambda: prune(root, 0)):
        with pytest.raises(InterpreterError, match="cannot be used"):
            removing()


def test_a_store_that_cannot_be_written_to_can_be_used(
    keep: Callable[..., Build], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise PermissionError(13, "Permission denied")

    keep()
    monkeypatch.setattr(locks, "_locked", set())
    monkeypatch.setattr(locks, "_open", refuse)
    locks.lock_until_exit(root, RECIPE.key)
    assert locks._locked == set()
