"""A handful of the faults of ``tests/campaigns/worker_faults.py``, which has them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.campaigns.worker_faults import EXPECTED, run

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interpreters import Provisioned

pytestmark = [pytest.mark.integration]
SOME = ("kill_its_group", "leave_a_writer", "leave_a_stranger", "result_pipe", "result_endless")


def test_faults_are_rows_and_nothing_is_left(tmp_path: Path, matrix: Provisioned) -> None:
    (first, *_) = matrix.variants
    assert set(SOME) <= set(EXPECTED)
    assert run(tmp_path, SOME, f"--interpreter={first.build.path}") == []
