"""Fake interpreters: shell scripts that answer the probe with canned facts."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.interpreters.getting import reachability
from harness.interpreters.providers import discovered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FACTS = {
    "implementation": "cpython",
    "version": "3.14.7",
    "python_version": "3.14.7",
    "executable": "",
    "is_free_threaded": False,
    "is_gil_enabled": True,
    "jit": "none",
    "is_debug": False,
    "compiler": "GCC 12.2.0",
    "cflags": "-O3",
    "configure_args": "",
    "libc": "glibc 2.36",
    "architecture": "x86_64",
    "revision": "",
    "allocator": "pymalloc",
    "is_shared": False,
    "has_own_config": True,
    "has_tail_calls": False,
    "runtime_flags": [],
    "missing_modules": [],
}


@pytest.fixture
def fake(script: Callable[[str, str], Path]) -> Callable[..., Path]:
    def make(name: str = "python", **facts: Any) -> Path:
        # With what the shell has built in: PATH may be empty.
        return script(name, f"printf '%s\\n' {shlex.quote(json.dumps({**FACTS, **facts}))}")

    return make


@pytest.fixture(scope="session")
def missing_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a compiler and a ``make`` of paper, if this machine has none.

    The sources of these tests are shell scripts: they are never compiled.
    """
    folder = tmp_path_factory.mktemp("tools")
    make = Path(__file__).with_name("make.py")
    for name, body in (
        ("gcc", "echo 'gcc (of paper) 12.2.0'"),
        ("make", f'exec {shlex.quote(sys.executable)} {shlex.quote(str(make))} "$@"'),
    ):
        if not shutil.which(name):
            (folder / name).write_text(f"#!/bin/sh\n{body}\n")
            (folder / name).chmod(0o755)
    return folder


@pytest.fixture(autouse=True)
def _tools(missing_tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{missing_tools}")


@pytest.fixture(autouse=True)
def _reachable(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test depend on this machine's network, but for those of looking whether there is."""
    if request.path.stem != "test_reachability":
        monkeypatch.setattr(reachability, "_accepts", lambda _host, _port: True)


@pytest.fixture
def look_around() -> Callable[[Path], tuple[discovered.Installed, ...]]:
    """Return the discovery that ``_nothing_installed`` replaces: it does see this machine."""
    return _look_around


_look_around = discovered.installed


@pytest.fixture(autouse=True)
def _nothing_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no test depend on what this machine has."""
    _look_around.cache_clear()
    monkeypatch.setattr(discovered, "installed", lambda _root: ())
    yield
    monkeypatch.undo()
    _look_around.cache_clear()
