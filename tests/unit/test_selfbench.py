"""Selfbench at a small size: its document, and that both loaders find the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness import cli, store
from harness.analysis.analyse import analyse
from harness.pyperf_run import read_runs
from harness.selfbench import Measured
from harness.synthetic import Size, write_experiment

if TYPE_CHECKING:
    from pathlib import Path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(["selfbench", "--cells=21", "--blocks=3", "--repetitions=2", *arguments])
    assert not ended.value.code
    return capsys.readouterr().out


def test_both_loaders_find_the_same_runs_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    found = msgspec.json.decode(shown(capsys, "--json"), type=Measured)

    assert (found.cells, found.blocks, found.values) == (21, 3, 5)
    for loaded in (found.journal, found.pyperf_files, found.pyperf_suites):
        assert (loaded.runs, loaded.values) == (21 * 3, 21 * 3 * 5)
        assert loaded.bytes > 0
        assert len(loaded.seconds) == 2
    assert len(found.ratios_files) == len(found.ratios_suites) == 2
    assert found.analysis.cells == 21
    assert found.analysis.peak_bytes is None or found.analysis.peak_bytes > 0


def test_the_table_has_the_bounds_beside_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    table = shown(capsys)

    assert table.startswith("21 cells × 3 blocks × 5 values: 63 runs")
    assert "at least 5" in table
    assert "under 5" in table
    assert "under 500 MB" in table


def test_a_made_up_experiment_is_as_sound_as_a_measured_one(tmp_path: Path) -> None:
    folder = write_experiment(Size(cells=5, blocks=2, values=5), tmp_path)

    experiment = store.load(folder)

    assert {run.name for run in experiment.runs.values()} == {
        "work_000/threads=1",
        "work_000/threads=2",
    }
    assert experiment.runs == read_runs(experiment.outcomes)
    assert analyse(experiment.manifest, experiment.outcomes, runs=experiment.runs) == analyse(
        experiment.manifest, experiment.outcomes
    )
