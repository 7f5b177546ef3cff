"""Signals while an experiment is measured: everything is kept, and the exit code tells which."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from harness.errors import StoppedError
from harness.running.experiment import measure
from harness.running.progress import screen
from harness.storage import experiment_folder
from tests.unit import fakes
from tests.unit.fakes import Asked, FakeLauncher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.execution.launcher import Finished
    from harness.model import Manifest
    from harness.running.progress import Screen
    from harness.running.tracker import Pause

NAMES = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGALRM")


@pytest.fixture
def shown() -> Iterator[Screen]:
    with screen(is_quiet=True) as quiet:
        yield quiet


@pytest.fixture
def manifest() -> Manifest:
    return fakes.manifest(fakes.plan(("3.14",), workloads=("factorize",), blocks=3))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("launch", "kept"), [(2, 1), (7, 5)], ids=["pilot", "group"])
def test_a_signal_stops_at_once_and_keeps_what_was_measured(
    tmp_path: Path, shown: Screen, manifest: Manifest, *, name: str, launch: int, kept: int
) -> None:
    number = getattr(signal, name)

    def send(asked: Asked, count: int) -> Finished | None:
        del asked
        if count == launch:
            os.kill(os.getpid(), number)
        return None

    with pytest.raises(StoppedError, match=f"stopped by {name}") as stopped:
        measure(
            manifest,
            results=tmp_path,
            screen=shown,
            launcher=FakeLauncher(answer=send),
            around=fakes.AROUND,
        )

    assert stopped.value.exit_code == 128 + number
    assert len(experiment_folder.load(tmp_path / manifest.id).outcomes) == kept
    assert signal.getsignal(number) is signal.SIG_DFL


def test_so_does_one_between_two_blocks(tmp_path: Path, shown: Screen, manifest: Manifest) -> None:
    drawn = []

    def send(pause: Pause) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        drawn.append(pause)  # the page is finished: half imported, no other could be made

    with pytest.raises(StoppedError, match="SIGHUP"):
        measure(
            manifest,
            results=tmp_path,
            screen=shown,
            launcher=FakeLauncher(),
            around=fakes.AROUND,
            after_block=send,
        )

    assert len(drawn) == 1
    cells = len(manifest.plan.cells)
    assert len(experiment_folder.load(tmp_path / manifest.id).outcomes) == 2 * cells


def test_a_signal_that_the_parent_ignored_changes_nothing(
    tmp_path: Path, shown: Screen, manifest: Manifest
) -> None:
    def send(asked: Asked, count: int) -> Finished | None:
        del asked, count
        os.kill(os.getpid(), signal.SIGHUP)
        return None

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        is_finished = measure(
            manifest,
            results=tmp_path,
            screen=shown,
            launcher=FakeLauncher(answer=send),
            around=fakes.AROUND,
        )
    finally:
        signal.signal(signal.SIGHUP, before)

    assert is_finished
