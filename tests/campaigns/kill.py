"""Kill parts of runs at random moments, and count what is lost or left.

``python -m tests.campaigns.kill --count 300``: every kill is followed by ``--resume``, which may be
killed too, until the experiment is finished. All counts before the bar must be 0 in the end.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import StoreError
from harness.storage import experiment_folder
from tests.campaigns.fake_sources import write_sources
from tests.campaigns.remains import processes_of, remains
from tests.campaigns.targets import ORPHANING, TARGETS
from tests.paths import ROOT

if TYPE_CHECKING:
    from collections import Counter

_LEFT_AFTER_S = 5.0
_MOST_S = 180.0
"""No run takes so long: one that does hangs."""
_BUSY_S = 8.0
"""A kill comes this long after the start of a run at most."""
_SMALL = (
    *("--fast", "--blocks=2", "--threads=1", "--timeout=10"),
    f"--workload={Path(__file__).with_name('small.py')}",
)
_SIGNALS = (signal.SIGKILL, signal.SIGHUP, signal.SIGTERM)
_AGAIN = 0.8
"""Share of the runs that outlive a kill, and meet another."""
_BUILDS = 0.1
"""Share of the kills that meet a build."""
_BAD = ("lost", "repeated", "unreadable", "hung", "tracebacks", "processes left", "folders left")


@dataclasses.dataclass(kw_only=True)
class Place:
    """The folders of one experiment after another, and what was counted."""

    folder: Path
    interpreter: str
    rng: random.Random
    counts: Counter[str]
    lines: dict[str, list[bytes]] = dataclasses.field(default_factory=dict)
    """Of each journal, after the last kill."""

    @property
    def temporary(self) -> Path:
        """Return the temporary folder of all runs."""
        return self.folder / "tmp"

    def bench(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a run."""
        where = (f"--results={self.folder / 'results'}", f"--reports={self.folder / 'reports'}")
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "harness", "bench", *arguments, *where],
                cwd=ROOT,
                env={**os.environ, "TMPDIR": str(self.temporary), **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def main() -> int:
    """Kill as often as asked, or until the time is over; return 0 if nothing was lost or left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="how many kills")
    parser.add_argument("--minutes", type=float, default=600.0, help="stop after so long")
    parser.add_argument("--interpreter", default="3.14t", help="what to measure")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    options = parser.parse_args()
    for number in _SIGNALS[1:]:
        signal.signal(number, signal.SIG_DFL)  # runs would inherit that nohup ignores one
    deadline = time.monotonic() + 60 * options.minutes
    counts: Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        place = Place(
            folder=Path(folder),
            interpreter=options.interpreter,
            rng=random.Random(options.seed),  # noqa: S311 - a campaign, not a secret
            counts=counts,
        )
        place.temporary.mkdir()
        while counts["kills"] < options.count and time.monotonic() < deadline:
            _kill_build(place) if place.rng.random() < _BUILDS else _kill_run(place)
            print(_told(counts, options.seed), flush=True)  # noqa: T201
        while _unfinished(place):
            _check(place, _start(place))
    print(_told(counts, options.seed))  # noqa: T201
    return int(any(counts[bad] for bad in _BAD))


def _told(counts: Counter[str], seed: int) -> str:
    bad = ", ".join(f"{name} {counts[name]}" for name in _BAD)
    rest = ", ".join(f"{name} {n}" for name, n in sorted(counts.items()) if name not in _BAD)
    return f"seed {seed}: {bad} | {rest}"


def _kill_run(place: Place) -> None:
    """Start or continue an experiment, and kill something of it at random moments.

    Until it has ended, or for now no more: most runs are not to reach their page.
    """
    process = _start(place)
    name = ""
    while process.poll() is None and (not name or place.rng.random() < _AGAIN):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(place.rng.uniform(0.2, _BUSY_S))
        target, number = place.rng.choice(list(TARGETS)), place.rng.choice(_SIGNALS)
        rows = processes_of(place.temporary)
        if process.poll() is None and TARGETS[target](process, rows, number, place.rng):
            name = target
            place.counts["kills"] += 1
            place.counts[name] += 1
    _check(place, process, is_orphaning=name == ORPHANING)


def _start(place: Place) -> subprocess.Popen[bytes]:
    if name := _unfinished(place):
        return place.bench("--resume", name)
    return place.bench(f"--interpreter={place.interpreter}", *_SMALL)


def _unfinished(place: Place) -> str:
    """Return the id of the experiment that is not finished; folders of others are removed."""
    for folder in experiment_folder.newest_first(place.folder / "results"):
        found = experiment_folder.load(folder)
        plan = found.manifest.plan
        if sum(outcome.job.is_timed for outcome in found.outcomes) < len(plan.cells) * 2:
            return folder.name
        place.counts["finished"] += 1
        shutil.rmtree(folder)
    return ""


def _check(place: Place, process: subprocess.Popen[bytes], *, is_orphaning: bool = False) -> None:
    """Wait for the end of a run, and count what is wrong then."""
    try:
        process.wait(_MOST_S)
    except subprocess.TimeoutExpired:
        place.counts["hung"] += 1
        process.kill()
        process.wait()
    if process.returncode == 1:
        place.counts["tracebacks"] += 1
        print((place.folder / "log").read_text(errors="replace")[-4000:])  # noqa: T201
    if not is_orphaning:
        left = remains(place.temporary, within_s=_LEFT_AFTER_S)
        if left.folders or left.processes:
            print(*place.temporary.rglob("*"), process.returncode, sep="\n")  # noqa: T201
        place.counts["processes left"] += left.processes
        place.counts["folders left"] += left.folders
    for folder in (place.folder / "results").glob("*"):
        _check_journal(place, folder)


def _check_journal(place: Place, folder: Path) -> None:
    """Count earlier lines that are not there any more, and jobs that are there twice."""
    journal = folder / "journal.jsonl"
    content = journal.read_bytes() if journal.exists() else b""
    lines = [line for line in content.splitlines(keepends=True) if line.endswith(b"\n")]
    before = place.lines.get(folder.name, [])
    place.counts["lost"] += sum(
        place_of >= len(lines) or lines[place_of] != line for place_of, line in enumerate(before)
    )
    place.lines[folder.name] = lines
    try:
        outcomes = experiment_folder.load(folder).outcomes
    except StoreError:
        if journal.exists():  # killed before its manifest was written, else
            place.counts["unreadable"] += 1
        return
    keys = [outcome.job.key for outcome in outcomes if outcome.job.block > 0]
    place.counts["repeated"] += len(keys) - len(set(keys))


def _kill_build(place: Place) -> None:
    """Kill a run while it builds an interpreter, or before or after."""
    sources, cache = place.folder / "sources.tar.xz", place.folder / "cache"
    write_sources(sources)
    process = place.bench(
        f"--interpreter=src:{sources}", "--workload=factorize", GILSCOPE_CACHE=str(cache)
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(place.rng.uniform(0.5, _BUSY_S / 2))
    process.send_signal(place.rng.choice(_SIGNALS))
    place.counts["kills"] += 1
    place.counts["build"] += 1
    _check(place, process)
    shutil.rmtree(cache, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
