"""One small experiment, full of names that must not be published, for all tests of exports."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.commands.load import Loaded, load_experiment
from harness.running.experiment import measure
from harness.running.progress import screen
from harness.storage import experiment_folder
from tests.unit import fakes
from tests.unit.export.private import HOME, HOST, USER, metadata
from tests.unit.stored import edit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.execution.launcher import Finished
    from tests.unit.fakes import Asked

LABELS = ("3.14", "3.14t", "3.14t+gil", "pypy")


def _answer(asked: Asked, number: int) -> Finished:
    """Answer as a worker that says everything pyperf says, or fails and says where."""
    if asked.label == "pypy" and asked.mode == "serial":
        return fakes.ended(exit_code=1, stderr_tail=f'File "{HOME}/x.py", line 1: {USER}@{HOST}')
    time_s = fakes.ideal_time_s(asked) * math.exp(0.01 * math.sin(number))
    suite = json.loads(fakes.result_of(asked, time_s))
    suite["metadata"] |= metadata()
    return fakes.ended(result=json.dumps(suite).encode())


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Measure a small experiment as a user would whose home, host and name are known."""
    results = tmp_path_factory.mktemp("results")
    manifest = fakes.manifest(fakes.plan(LABELS, blocks=3))
    machine = msgspec.structs.replace(manifest.machine, host=HOST)
    manifest = msgspec.structs.replace(manifest, machine=machine, label="of last week")
    with screen(is_quiet=True) as quiet:
        launcher = fakes.FakeLauncher(answer=_answer)
        measure(manifest, results=results, screen=quiet, launcher=launcher, around=fakes.AROUND)
    path = results / manifest.id / "manifest.json"
    edit(path, lambda text: text.replace("/opt/", f"{HOME}/builds/"))
    return path.parent


@pytest.fixture(scope="session")
def stored(folder: Path) -> experiment_folder.Experiment:
    """Return the same, read."""
    return experiment_folder.load(folder)


@pytest.fixture(scope="session")
def loaded(folder: Path) -> Loaded:
    """Return the same, analysed."""
    return load_experiment(folder)


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str, str], Path]:
    def make(name: str, body: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return make
