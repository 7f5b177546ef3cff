"""Measure how long the index takes when one page is added to many, in a process of its own.

    python -m tests.integration.measure_index [PAGES]

The pages are empty and their summaries made up; times are CPU time, imports among them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from harness.report.index.summary_file import write_summary
from tests.unit.report import summaries_factory as factory

_LABELS = ("nightly", "weekly", "release", "laptop", "mine")
_MEASURED = """
import sys, time
from pathlib import Path
from harness.overview import make_index
page = make_index(Path(sys.argv[1]), Path("none"))
print(f"{time.process_time():.2f} s of CPU, {page.stat().st_size / 1e6:.2f} MB")
"""


def main(pages: int) -> None:
    """Write so many pages, and make their index twice: alone, and after one more."""
    with tempfile.TemporaryDirectory() as folder:
        reports = Path(folder)
        for place in range(pages + 1):
            summary = factory.summary(place, label=_LABELS[place % len(_LABELS)])
            (reports / summary.id).mkdir()
            (reports / summary.id / "index.html").write_text("")
            write_summary(summary, reports / summary.id)
            if place >= pages - 1:
                done = subprocess.run(
                    [sys.executable, "-c", _MEASURED, folder],
                    check=True,
                    capture_output=True,
                    text=True,
                )
                sys.stdout.write(f"{place + 1} pages: {done.stdout}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
