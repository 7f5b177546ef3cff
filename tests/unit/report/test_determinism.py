"""The same folder gives the same page, whoever makes it and wherever."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from harness.commands.report import report
from harness.synthetic.experiment import write_plan
from harness.synthetic.plan import default_plan
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

HABITS = """
font.family: serif
font.size: 20
lines.linewidth: 5
axes.grid: True
axes.facecolor: pink
axes.formatter.use_locale: True
axes.prop_cycle: cycler("color", ["black"])
savefig.bbox: tight
savefig.pad_inches: 1
svg.fonttype: path
svg.hashsalt: mine
text.parse_math: True
"""


def test_no_seed_locale_time_zone_matplotlibrc_or_folder_changes_a_byte(tmp_path: Path) -> None:
    plan = default_plan(workloads=("factorize", "remote_control"), threads=(1, 2), blocks=2)
    folder = write_plan(plan, tmp_path / "results")
    here = report(folder, tmp_path / "here", is_json=False).page.read_bytes()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "matplotlibrc").write_text(HABITS)
    quiet = {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE_")}

    subprocess.run(
        [
            sys.executable, "-m", "harness", "report",
            "--results", str(tmp_path / "results"), "--reports", str(tmp_path / "there"),
        ],
        cwd=elsewhere,
        env={
            **quiet,
            "PYTHONPATH": str(ROOT),
            "PYTHONHASHSEED": "1",
            "LC_ALL": "C",
            "TZ": "XYZ-13",
            "MATPLOTLIBRC": str(elsewhere),
        },
        capture_output=True,
        check=True,
    )  # fmt: skip

    there = tmp_path / "there" / folder.name / "index.html"
    assert there.read_bytes() == here
