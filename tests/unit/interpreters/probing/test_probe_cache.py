from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import InterpreterError
from harness.interpreters import programs
from harness.interpreters.probing import probe_cache
from harness.interpreters.probing.probe import SCRIPT, probe
from harness.interpreters.probing.probe_cache import probe_cached
from harness.model import Provenance

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from harness.model import Build

PROVENANCE = Provenance(provider="discovered", source="here")


@dataclass(frozen=True)
class Asked:
    """A fake interpreter that counts how often it was started, and where that is remembered."""

    path: Path
    starts: Path
    root: Path

    def ask(self, path: Path | None = None) -> Build:
        """Probe it, or another one, with the memory."""
        return probe_cached(path or self.path, provenance=PROVENANCE, root=self.root)

    @property
    def count(self) -> int:
        """Return how often it was started."""
        return len(self.starts.read_text().splitlines()) if self.starts.exists() else 0

    @property
    def memories(self) -> list[Path]:
        """Return the files of the memory."""
        return sorted(self.root.glob("probes/*"))


@pytest.fixture
def asked(fake: Callable[..., Path], tmp_path: Path) -> Asked:
    path = fake("bin/python3.14")
    starts = tmp_path / "starts"
    text = path.read_text()
    path.write_text(text.replace("printf", f"echo started >> '{starts}'\nprintf", 1))
    return Asked(path, starts, tmp_path / "cache")


def test_a_second_time_it_is_not_started(asked: Asked) -> None:
    first = asked.ask()
    assert first == probe(asked.path, provenance=PROVENANCE)
    assert asked.count == 2
    assert asked.ask() == first
    assert asked.count == 2
    assert [path.suffix for path in asked.memories] == [".json"]


def test_where_it_came_from_is_not_what_is_remembered(asked: Asked) -> None:
    asked.ask()
    other = Provenance(provider="uv", source="there")
    build = probe_cached(asked.path, provenance=other, root=asked.root)
    assert (build.provenance, asked.count) == (other, 1)


def test_a_changed_size_makes_it_ask_again(asked: Asked) -> None:
    asked.ask()
    before = asked.path.stat()
    asked.path.write_text(asked.path.read_text().replace("3.14.7", "3.14.10"))
    os.utime(asked.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (asked.ask().version, asked.count) == ("3.14.10", 2)


def test_a_changed_time_makes_it_ask_again(asked: Asked) -> None:
    asked.ask()
    asked.path.write_text(asked.path.read_text().replace("3.14.7", "3.14.8"))
    os.utime(asked.path, ns=(1, 1))
    assert (asked.ask().version, asked.count) == ("3.14.8", 2)


def test_another_probe_makes_it_ask_again(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked.ask()
    script = tmp_path / "probe_script.py"
    script.write_bytes(SCRIPT.read_bytes() + b"#")
    monkeypatch.setattr(probe_cache, "SCRIPT", script)
    probe_cache._script_digest.cache_clear()
    asked.ask()
    assert asked.count == 2


def test_a_link_that_leads_elsewhere_now_makes_it_ask_again(asked: Asked) -> None:
    link = asked.path.with_name("python")
    link.symlink_to(asked.path)
    assert asked.ask(link).path == str(link)
    second = asked.path.with_name("second")
    asked.path.rename(second)
    link.unlink()
    link.symlink_to(second)
    asked.ask(link)
    assert asked.count == 2


def test_becoming_an_environment_makes_it_ask_again(asked: Asked, tmp_path: Path) -> None:
    asked.ask()
    (tmp_path / "pyvenv.cfg").touch()
    asked.ask()
    assert asked.count == 2


def test_that_it_is_no_python_is_remembered(asked: Asked) -> None:
    asked.path.write_text(f"#!/bin/sh\necho started >> '{asked.starts}'\necho '[]'\n")
    for _ in range(2):
        with pytest.raises(InterpreterError, match="does not answer like a Python"):
            asked.ask()
    assert asked.count == 1


def test_what_may_be_mended_elsewhere_is_not_remembered(asked: Asked) -> None:
    """A missing shared library comes back without a change of this file."""
    asked.path.write_text(f"#!/bin/sh\necho started >> '{asked.starts}'\nexit 127\n")
    for _ in range(2):
        with pytest.raises(InterpreterError, match="failed with exit code 127 when probed"):
            asked.ask()
    # Each time once for the probe, and once for the version of a Python too old to run it.
    assert asked.count == 4


def test_that_it_gave_no_answer_in_time_is_not_remembered(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(command: list[str], **_: object) -> NoReturn:
        raise subprocess.TimeoutExpired(command, 10)

    with monkeypatch.context() as patch:
        patch.setattr(programs, "capture", hang)
        with pytest.raises(InterpreterError, match="did not answer within 10 s"):
            asked.ask()
    assert asked.memories == []
    assert asked.ask().version == "3.14.7"


def test_one_that_vanished_is_no_python(asked: Asked) -> None:
    asked.ask()
    asked.path.unlink()
    with pytest.raises(InterpreterError, match="does not exist"):
        asked.ask()


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"null", b"[]", b"{}", b'{"facts": {}}', b'{"facts": null}', b"\xff\x00"),
        b'{"facts": {"implementation": "cpython"}}',
        b'{"complaint": 1}',
        b'{"complaint": "\xff"}',
    ],
)
def test_a_memory_that_cannot_be_read_is_ignored_and_mended(asked: Asked, content: bytes) -> None:
    first = asked.ask()
    [memory] = asked.memories
    memory.write_bytes(content)
    assert asked.ask() == first
    assert asked.count == 2
    assert json.loads(memory.read_bytes())["facts"]["version"] == "3.14.7"


def test_a_memory_that_is_a_folder_is_no_error(asked: Asked) -> None:
    first = asked.ask()
    [memory] = asked.memories
    memory.unlink()
    memory.mkdir()
    assert asked.ask() == first
    assert asked.count == 2


def test_a_store_that_cannot_be_written_is_no_error(asked: Asked) -> None:
    asked.root.touch()
    assert asked.ask() == asked.ask()
    assert asked.count == 2


def test_a_store_that_fills_up_leaves_no_torn_memory(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> NoReturn:
        raise OSError(28, "No space left on device", str(self), None, str(target))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        asked.ask()
    assert asked.memories == []
    asked.ask()
    assert asked.count == 2


def test_a_name_that_is_no_text_is_refused_and_no_crash(asked: Asked) -> None:
    path = asked.path.rename(asked.path.with_name("python\udcff"))
    for _ in range(2):
        with pytest.raises(InterpreterError, match="not valid UTF-8"):
            asked.ask(path)
    assert asked.count == 0
