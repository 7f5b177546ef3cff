"""Selfbench at a small size: its document, and that both loaders find the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.analysis.analyse import analyse
from harness.cli import app
from harness.commands import selfbench
from harness.commands.selfbench import Measured, table
from harness.planning.config import PRESETS
from harness.storage import experiment_folder
from harness.storage.worker_result import read_runs
from harness.synthetic.experiment import write_experiment, write_plan
from harness.synthetic.plan import Size, default_plan, plan_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def found() -> Measured:
    text = selfbench.selfbench(cells=21, blocks=3, repetitions=2, has_pages=False, is_json=True)
    return msgspec.json.decode(text, type=Measured)


def test_both_loaders_find_the_same_runs_and_values(found: Measured) -> None:
    assert (found.cells, found.blocks, found.values) == (21, 3, 5)
    for loaded in (found.journal, found.pyperf_files, found.pyperf_suites):
        assert (loaded.runs, loaded.values) == (21 * 3, 21 * 3 * 5)
        assert loaded.bytes > 0
        assert len(loaded.seconds) == 2
    assert len(found.ratios_files) == len(found.ratios_suites) == 2
    assert found.analysis.cells == 21
    assert found.analysis.peak_bytes is None or found.analysis.peak_bytes > 0


def test_the_table_has_the_bounds_beside_the_figures(
    found: Measured, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(selfbench, "selfbench", lambda **asked: f"{asked}\n{table(found)}")

    with pytest.raises(SystemExit) as ended:
        app.main(["selfbench", "--cells=21", "--blocks=3"])

    assert not ended.value.code
    shown = capsys.readouterr().out
    asked = "'cells': 21, 'blocks': 3, 'repetitions': 5, 'has_pages': True, 'is_json': False"
    assert asked in shown
    assert "21 cells × 3 blocks × 5 values: 63 runs" in shown
    assert "at least 5" in shown
    assert "under 5" in shown
    assert "under 500 MB" in shown


def test_a_page_has_its_size_and_the_bounds_beside_it(found: Measured, tmp_path: Path) -> None:
    page = selfbench.page_of(write_plan(plan_of(Size(cells=8, blocks=2, values=2)), tmp_path))

    assert (page.cells, page.blocks, page.values) == (8, 2, 2)
    assert 10_000 < page.bytes < 1_000_000
    shown = table(msgspec.structs.replace(found, page_default=page, page_large=page))
    for line in ("default page, from nothing", "large page, from nothing"):
        assert line in shown
    for bound in (
        "under 8\u00a0s",
        "under 3.0 MB",
        "under 30\u00a0s",
        "under 1000 MB",
        "under 8.0 MB",
    ):
        assert bound in shown


def test_the_default_plan_is_what_bench_plans_by_itself() -> None:
    plan = default_plan()
    assert (len(plan.variants), len(plan.workloads), len(plan.threads)) == (5, 6, 4)
    assert plan.preset == PRESETS["default"]
    assert {str(cell.benchmark.mode) for cell in plan.cells} == {"threads", "serial", "processes"}


def test_a_made_up_experiment_is_as_sound_as_a_measured_one(tmp_path: Path) -> None:
    folder = write_experiment(Size(cells=5, blocks=2, values=5), tmp_path)

    experiment = experiment_folder.load(folder)

    assert {run.name for run in experiment.runs.values()} == {
        "work_000/threads=1",
        "work_000/threads=2",
    }
    assert experiment.runs == read_runs(experiment.outcomes)


def test_what_was_decoded_on_loading_is_not_decoded_again(tmp_path: Path) -> None:
    experiment = experiment_folder.load(
        write_experiment(Size(cells=5, blocks=2, values=5), tmp_path)
    )
    emptied = tuple(
        msgspec.structs.replace(one, run=msgspec.Raw(b"null")) for one in experiment.outcomes
    )

    assert analyse(experiment.manifest, emptied, runs=experiment.runs) == analyse(
        experiment.manifest, experiment.outcomes
    )
