"""Commands that the page suggests: each names a workload that there is."""

from __future__ import annotations

import re
from pathlib import Path

from harness import report
from harness.planning import builtin_workloads

SUGGESTED = re.compile(r"--workload '?([\w/*]+)")


def test_every_suggested_workload_exists() -> None:
    sources = Path(report.__file__).parent.rglob("*.py")
    names = {name for file in sources for name in SUGGESTED.findall(file.read_text("utf-8"))}

    assert len(names) > 5
    for name in sorted(names):
        assert builtin_workloads.select((name,)), name
