"""The default interpreters, for real: taken from the cache, or built when it is empty."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
import time
from pathlib import Path

import pytest

from harness.execution.worker_site import ensure_pyperf
from harness.interpreters import Provisioned, cache_root, ignore
from harness.interpreters.finding.provision import provision
from harness.interpreters.naming.catalogue import catalogue
from harness.interpreters.naming.requirement import Requirement
from harness.interpreters.providers import uv
from harness.interpreters.providers.answer import Obtainable
from harness.interpreters.tarball import tarfile
from harness.subprocesses import clean_environment

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def default() -> Provisioned:
    return provision((), notify=ignore)


def test_the_default_matrix_is_complete(default: Provisioned) -> None:
    assert default.unavailable == ()
    gil, free, forced, pypy = default.variants
    assert (gil.build.implementation, gil.build.is_free_threaded) == ("cpython", False)
    assert (free.build.implementation, free.build.is_free_threaded) == ("cpython", True)
    assert free.label == f"{gil.label}t"
    assert forced.label == f"{free.label}+gil"
    assert forced.build == free.build
    assert pypy.build.implementation == "pypy"
    assert pypy.build.jit == "on"


def test_the_pair_differs_in_the_gil_alone(default: Provisioned) -> None:
    gil, free = default.variants[0].build, default.variants[1].build
    assert (gil.version, gil.compiler, gil.libc) == (free.version, free.compiler, free.libc)
    assert gil.optimisation == free.optimisation
    assert gil.provenance.provider == free.provenance.provider


def test_the_gil_is_as_expected_when_started_as_the_variant_says(default: Provisioned) -> None:
    code = "import sys; print(getattr(sys, '_is_gil_enabled', lambda: True)())"
    for variant in default.variants:
        answer = subprocess.run(
            [variant.build.path, "-c", code],
            env={**clean_environment(), **dict(variant.environment)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert answer.stdout.strip() == str(variant.is_gil_expected), variant.label


def test_every_interpreter_can_start_itself_and_import_what_workers_need(
    default: Provisioned,
) -> None:
    site = str(ensure_pyperf(cache_root()))
    for variant in default.variants:
        lacking = set(variant.build.missing_modules)
        # Only a build from source may lack modules: those whose headers are not installed here.
        assert not lacking or variant.build.provenance.provider == "source", variant.label
        optional = sorted({"ssl", "ctypes"} - lacking)
        modules = ["subprocess, sys, select, socket, threading, json, pyperf", *optional]
        code = (
            f"import {', '.join(modules)};"
            "sys.exit(subprocess.call([sys.executable, '-c', 'import json']))"
        )
        ended = subprocess.run(
            [variant.build.path, "-c", code],
            env={**clean_environment(), "PYTHONPATH": site},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stderr) == (0, ""), variant.label


def test_once_cached_it_takes_no_time(default: Provisioned) -> None:
    started = time.monotonic()
    again = provision((), notify=ignore)
    # Generous: a fifth of a second is usual, listing installed Pythons alone takes 1.2 s.
    assert time.monotonic() - started < 10
    assert again == default


@pytest.mark.parametrize("place", [0, 1], ids=["gil", "free-threaded"])
def test_uv_really_installs_what_a_downloads_list_names(
    default: Provisioned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    """The real uv, given a list with a real interpreter packed by this test."""
    build = default.variants[place].build
    target = next(row for row in catalogue().interpreters if row.id == default.variants[place].spec)
    tarball = tmp_path / "python.tar"
    with tarfile.open(tarball, "w") as archive:
        archive.add(Path(build.path).parent.parent, arcname="python")
    major, minor, patch = build.version.split(".")
    row = {
        "name": "cpython",
        "arch": {"family": platform.machine(), "variant": None},
        "os": "linux",
        "libc": "gnu",
        "major": int(major),
        "minor": int(minor),
        "patch": int(patch),
        "prerelease": "",
        "url": tarball.as_uri(),
        "sha256": hashlib.sha256(tarball.read_bytes()).hexdigest(),
        "variant": "freethreaded" if target.is_free_threaded else None,
        "build": "1",
    }
    downloads = tmp_path / "downloads.json"
    downloads.write_text(json.dumps({f"cpython-{build.version}": row}))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", downloads.as_uri())
    uv._download_server.cache_clear()

    answer = uv.answer(Requirement(what=target), root=tmp_path / "cache")
    assert isinstance(answer, Obtainable)
    got = answer.get(ignore)

    assert target.fits(got)
    assert got.version == build.version
    assert got.is_free_threaded == target.is_free_threaded
    assert Path(got.path).is_relative_to(tmp_path / "cache" / "interpreters")
