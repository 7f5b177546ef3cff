"""Fake interpreters: shell scripts that answer the probe with canned facts."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from harness.interpreters.providers import discovered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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
