"""Fake interpreters: shell scripts that answer the probe with canned facts."""

from __future__ import annotations

import json
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
    "missing_modules": [],
}


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str, str], Path]:
    def make(name: str, body: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def fake(script: Callable[[str, str], Path]) -> Callable[..., Path]:
    def make(name: str = "python", **facts: Any) -> Path:
        return script(name, f"cat <<'END'\n{json.dumps({**FACTS, **facts})}\nEND")

    return make


@pytest.fixture(autouse=True)
def _nothing_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no test depend on what this machine has."""
    discovered._installed.cache_clear()
    monkeypatch.setattr(discovered, "_installed", lambda _path: ())
    yield
    monkeypatch.undo()
    discovered._installed.cache_clear()
