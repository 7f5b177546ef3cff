"""Two runs on one machine disturb each other, and the second one is told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from harness.lifetime import earlier
from harness.lifetime.earlier import Cleared
from harness.running.alone import clear_earlier, measuring
from tests.unit.lifetime.controllers import controller, wait_until_gone

if TYPE_CHECKING:
    from pathlib import Path


def test_the_second_run_is_told_about_the_first(tmp_path: Path) -> None:
    said: list[str] = []

    with measuring(tmp_path, "first", say=said.append):
        assert said == []
        with measuring(tmp_path, "second", say=said.append):
            pass

    (line,) = said
    assert f"another run measures on this machine (first, process {os.getpid()})" in line


def test_runs_that_follow_each_other_do_not_disturb(tmp_path: Path) -> None:
    said: list[str] = []

    for name in ("first", "second"):
        with measuring(tmp_path, name, say=said.append):
            pass

    assert said == []


def test_runs_on_other_machines_do_not_disturb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with measuring(tmp_path, "first", say=said.append):
        monkeypatch.setattr("platform.node", lambda: "another")
        with measuring(tmp_path, "second", say=said.append):
            pass
    assert said == []


def test_a_cache_that_cannot_be_written_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "locks").touch()
    said: list[str] = []
    with measuring(tmp_path, "it", say=said.append):
        pass
    assert said == []


def test_what_an_earlier_run_left_is_ended(tmp_path: Path) -> None:
    with controller(tmp_path) as started:
        os.kill(started.guardian, 9)
        started.process.kill()
        started.process.wait()

        clear_earlier(lambda line: None)  # noqa: ARG005

        wait_until_gone(*started.pids)


@pytest.mark.parametrize(
    ("processes", "lines"),
    [(0, []), (2, ["Ended 2 processes that an earlier run had left."])],
)
def test_what_was_ended_is_said(
    monkeypatch: pytest.MonkeyPatch, processes: int, lines: list[str]
) -> None:
    monkeypatch.setattr(earlier, "clear", lambda: Cleared(processes=processes, folders=0))
    said: list[str] = []
    clear_earlier(said.append)
    assert said == lines
