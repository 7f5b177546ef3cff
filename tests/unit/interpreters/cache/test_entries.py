from __future__ import annotations

import errno
import importlib
import json
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness.errors import ConfigError, InterpreterError
from harness.interpreters.cache import aside
from harness.interpreters.cache.entries import (
    Recipe,
    Workspace,
    cache_root,
    entries,
    find_key,
    folder_bytes,
    keys,
    make_once,
    read_entry,
)
from harness.interpreters.naming.catalogue import catalogue
from harness.interpreters.naming.requirement import AtPath, Requirement
from harness.interpreters.providers import cached
from harness.interpreters.providers.answer import Found, Unobtainable
from harness.model import Optimised, Provenance

if TYPE_CHECKING:
    from collections.abc import Callable

RECIPE = Recipe(name="fake-3.14", provenance=Provenance(provider="source", source="Python.tar.xz"))


@dataclass
class Maker:
    """Installs a copy of a fake interpreter and counts how often it was asked to."""

    model: Path
    calls: int = 0

    def __call__(self, workspace: Workspace) -> Path:
        """Install it into the workspace's prefix."""
        self.calls += 1
        workspace.prefix.mkdir(parents=True)
        return Path(shutil.copy(self.model, workspace.prefix / "python"))


@pytest.fixture
def maker(fake: Callable[..., Path]) -> Maker:
    return Maker(fake())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def requirement(name: str, **options: Any) -> Requirement:
    found = catalogue().target(name)
    assert found is not None
    return Requirement(what=found, **options)


def test_the_root_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path))
    assert cache_root() == tmp_path
    monkeypatch.delenv("GILSCOPE_CACHE")
    assert cache_root().name == "gilscope"


def test_what_is_there_is_not_made_again(maker: Maker, root: Path) -> None:
    first = make_once(root, RECIPE, make=maker)
    second = make_once(root, RECIPE, make=maker)
    assert (first, maker.calls) == (second, 1)
    assert first.provenance == RECIPE.provenance


def test_the_cached_provider_finds_what_was_made(maker: Maker, root: Path) -> None:
    build = make_once(root, RECIPE, make=maker)
    assert cached.answer(requirement("3.14"), root=root) == Found(builds=(build,))
    assert isinstance(cached.answer(requirement("3.14t"), root=root), Unobtainable)
    assert isinstance(cached.answer(requirement("3.13"), root=root), Unobtainable)


@pytest.mark.parametrize(
    ("options", "has_fit"),
    [
        ({}, True),
        ({"optimised": Optimised.PGO}, False),
        ({"optimised": Optimised.LTO}, False),
        ({"needs_jit": True}, False),
        ({"flags": ("--with-pydebug",)}, False),
        ({"compiler": "clang"}, False),
    ],
)
def test_the_cached_provider_gives_only_what_is_wanted(
    maker: Maker, root: Path, options: dict[str, Any], *, has_fit: bool
) -> None:
    make_once(root, RECIPE, make=maker)
    assert isinstance(cached.answer(requirement("3.14", **options), root=root), Found) == has_fit


def test_the_cached_provider_answers_only_for_names(maker: Maker, root: Path) -> None:
    make_once(root, RECIPE, make=maker)
    own = Requirement(what=AtPath(path=Path("/usr/bin/python3")))
    assert isinstance(cached.answer(own, root=root), Unobtainable)


def test_a_build_with_options_of_the_users_is_not_standard(maker: Maker, root: Path) -> None:
    make_once(root, RECIPE, make=maker, is_standard=False)
    assert isinstance(cached.answer(requirement("3.14"), root=root), Unobtainable)


@pytest.mark.parametrize("way", ["../../../bin/sh", "/bin/sh", "prefix/../../x", "", "a\0b"])
def test_a_record_that_leads_outside_counts_as_incomplete(
    maker: Maker, root: Path, way: str
) -> None:
    make_once(root, RECIPE, make=maker)
    record = next(root.glob("interpreters/*/build.json"))
    record.write_text(json.dumps({**json.loads(record.read_text()), "executable": way}))
    assert list(entries(root)) == []
    make_once(root, RECIPE, make=maker)
    assert maker.calls == 2


def test_a_link_that_leads_outside_counts_as_incomplete(maker: Maker, root: Path) -> None:
    build = make_once(root, RECIPE, make=maker)
    Path(build.path).unlink()
    Path(build.path).symlink_to("/bin/sh")
    assert list(entries(root)) == []


def test_what_is_there_is_found_without_reading_other_entries(
    maker: Maker, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("harness.interpreters.cache.entries")
    for number in range(3):
        make_once(root, msgspec.structs.replace(RECIPE, name=f"fake-{number}"), make=maker)
    read: list[str] = []

    def spy(folder: Path) -> Any:
        read.append(folder.name)
        return read_entry(folder)

    monkeypatch.setattr(module, "read_entry", spy)
    recipe = msgspec.structs.replace(RECIPE, name="fake-1")
    make_once(root, recipe, make=maker)
    assert read == [recipe.key]


def test_a_beginning_of_a_key_is_enough(maker: Maker, root: Path) -> None:
    recipes = [msgspec.structs.replace(RECIPE, name=name) for name in ("one-3.14", "one-3.14t")]
    for recipe in recipes:
        make_once(root, recipe, make=maker)
    first, second = keys(root)
    assert find_key(root, first) == first
    assert find_key(root, "one-3.14t") == second
    with pytest.raises(ConfigError, match=f"is ambiguous: {first}, {second}"):
        find_key(root, "one-3")
    with pytest.raises(ConfigError, match=f"did you mean '{second}'"):
        find_key(root, f"x{second}")
    with pytest.raises(ConfigError, match="no cached interpreter ''"):
        find_key(root, "")


def test_nothing_is_found_where_there_is_no_store(root: Path) -> None:
    assert keys(root) == []
    assert list(entries(root)) == []
    with pytest.raises(ConfigError, match="the cache is empty"):
        find_key(root, "cpython")


def test_the_size_of_a_folder_counts_each_file_once(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(b"x" * 1000)
    (tmp_path / "a" / "link").symlink_to("b/file")
    (tmp_path / "a" / "second name").hardlink_to(tmp_path / "a" / "b" / "file")
    assert folder_bytes(tmp_path) == 1000 + len("b/file")
    assert folder_bytes(tmp_path / "none") == 0


def test_an_entry_without_its_record_is_incomplete(maker: Maker, root: Path) -> None:
    make_once(root, RECIPE, make=maker)
    record = next(root.glob("interpreters/*/build.json"))
    record.unlink()
    assert list(entries(root)) == []
    make_once(root, RECIPE, make=maker)
    assert maker.calls == 2


@pytest.mark.parametrize("content", ["", "{}", "not JSON"])
def test_a_spoilt_record_counts_as_incomplete(maker: Maker, root: Path, content: str) -> None:
    make_once(root, RECIPE, make=maker)
    next(root.glob("interpreters/*/build.json")).write_text(content)
    assert isinstance(cached.answer(requirement("3.14"), root=root), Unobtainable)
    make_once(root, RECIPE, make=maker)
    assert maker.calls == 2


def test_a_broken_interpreter_is_passed_over_and_made_again(maker: Maker, root: Path) -> None:
    build = make_once(root, RECIPE, make=maker)
    Path(build.path).write_text("#!/bin/sh\nexit 1\n")
    assert isinstance(cached.answer(requirement("3.14"), root=root), Unobtainable)
    assert make_once(root, RECIPE, make=maker).python_version == "3.14.7"
    assert maker.calls == 2


@pytest.mark.parametrize("error", [InterpreterError("no network"), KeyboardInterrupt()])
def test_an_entry_that_fails_its_probe_once_stays_if_it_cannot_be_made_again(
    maker: Maker, root: Path, error: BaseException
) -> None:
    """It may be the machine that is wrong at the moment, not the entry."""
    build = make_once(root, RECIPE, make=maker)
    good = Path(build.path).read_text()
    Path(build.path).write_text("#!/bin/sh\nexit 1\n")

    def fails(workspace: Workspace) -> Path:
        workspace.prefix.mkdir()
        raise error

    with pytest.raises(type(error)):
        make_once(root, RECIPE, make=fails)
    Path(build.path).write_text(good)
    assert make_once(root, RECIPE, make=maker).path == build.path
    assert maker.calls == 1
    assert list((root / "tmp").iterdir()) == []


def test_an_entry_comes_back_after_a_run_that_was_killed_while_making_it_again(
    maker: Maker, root: Path
) -> None:
    build = make_once(root, RECIPE, make=maker)
    aside.put_aside(root, RECIPE.key, record="build.json")
    (root / "interpreters" / RECIPE.key / "prefix").mkdir(parents=True)
    assert make_once(root, RECIPE, make=maker) == build
    assert maker.calls == 1


@pytest.mark.parametrize("error", [InterpreterError("make failed"), KeyboardInterrupt()])
def test_an_interrupted_build_leaves_only_its_log(root: Path, error: BaseException) -> None:
    def make(workspace: Workspace) -> Path:
        workspace.prefix.mkdir()
        (workspace.prefix / "half").touch()
        (workspace.scratch / "object.o").touch()
        workspace.log.write_text("cc -c half.c")
        raise error

    with pytest.raises(type(error)):
        make_once(root, RECIPE, make=make)
    left = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    assert {path.parts[0] for path in left} <= {"locks", "logs"}
    assert (root / "logs" / f"{RECIPE.key}.log").read_text() == "cc -c half.c"


@pytest.mark.parametrize(
    ("number", "message"),
    [(errno.ENOSPC, "no space left in .*--prune"), (errno.EIO, "cannot be used: .*GILSCOPE_CACHE")],
)
def test_what_the_disk_says_becomes_a_sentence(root: Path, number: int, message: str) -> None:
    def make(workspace: Workspace) -> Path:
        raise OSError(number, "it says so", str(workspace.prefix))

    with pytest.raises(InterpreterError, match=message):
        make_once(root, RECIPE, make=make)
    assert keys(root) == []


def test_an_interpreter_that_fails_the_probe_is_not_kept(
    script: Callable[[str, str], Path], root: Path
) -> None:
    with pytest.raises(InterpreterError, match="exit code 1"):
        make_once(root, RECIPE, make=Maker(script("broken", "exit 1")))
    assert list(root.glob("interpreters/*")) == []


def test_runs_at_the_same_time_share_one_build(maker: Maker, root: Path) -> None:
    is_waiting, may_finish = threading.Event(), threading.Event()
    builds = []

    def slow(workspace: Workspace) -> Path:
        may_finish.set()
        assert is_waiting.wait(30)
        return maker(workspace)

    def second() -> None:
        assert may_finish.wait(30)
        builds.append(make_once(root, RECIPE, make=maker, on_wait=is_waiting.set))

    other = threading.Thread(target=second)
    other.start()
    builds.append(make_once(root, RECIPE, make=slow))
    other.join(30)
    assert len(builds) == 2
    assert builds[0] == builds[1]
    assert maker.calls == 1


@pytest.mark.parametrize(
    "other",
    [
        {"flags": ("--disable-gil",)},
        {"compiler": "clang 19"},
        {"libc": "glibc 2.43"},
        {"architecture": "aarch64"},
        {"provenance": Provenance(provider="source", source="Python.tar.xz", sha256="00")},
    ],
)
def test_every_ingredient_changes_the_key(other: dict[str, object]) -> None:
    assert msgspec.structs.replace(RECIPE, **other).key != RECIPE.key
