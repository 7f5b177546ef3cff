"""Damage the files of an experiment in many ways and count what is believed: by hand.

    python -m tests.campaigns.mutate [--count 500] [--tails 10000] [--seed 1]

A mutation is *refused* (one sentence), *said* (read, with a note), of *no effect* (what is read is
the same), or *believed*: read as something else, without a word. Believed digits and tracebacks
must be 0, and so is the exit status then.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import random
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from harness.commands.report import report
from harness.errors import HarnessError
from harness.model import Noise
from harness.report.index.summary_file import SUMMARY, read_summary
from harness.storage import experiment_folder
from harness.storage.aa_record import NOISE, newest_noise, write_noise
from tests.campaigns.mutations import LINES, anywhere, cut_tail, digit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.storage.experiment_folder import Experiment
    from tests.campaigns.mutations import Mutation

    Read = Callable[[], tuple[object, tuple[str, ...]]]
    """Reads the file → its content, and the notes about it."""

SAMPLE = Path(__file__).parents[2] / "results" / "sample"
OUTCOMES = ("refused", "said", "no effect", "believed", "traceback")


def copied(into: Path) -> Experiment:
    """Write the experiment that comes with Gilscope anew, as it would be measured today."""
    (sample,) = experiment_folder.newest_first(SAMPLE)
    there = experiment_folder.load(sample)
    with experiment_folder.create(into, there.manifest) as writer:
        writer.append(there.outcomes)
    write_noise(
        writer.folder,
        Noise(
            experiment=there.manifest.id,
            created="2026",
            floor=0.02,
            comparisons=9,
            different=1,
            blocks=6,
            grade="A",
        ),
    )
    return experiment_folder.load(writer.folder)


def judged(path: Path, data: bytes, read: Read, right: object) -> str:
    """Write ``data`` and return what becomes of it."""
    path.write_bytes(data)
    try:
        content, notes = read()
    except HarnessError:
        return "refused"
    except Exception:  # noqa: BLE001 - what this looks for
        traceback.print_exc()
        return "traceback"
    if content == right:
        return "said" if notes else "no effect"
    if content is None:
        return "refused"  # a summary or a record that counts as none
    return "said" if notes else "believed"


def trials(experiment: Experiment, reports: Path) -> Iterator[tuple[str, Path, Read]]:
    """Yield the files to be damaged."""
    folder = experiment.folder

    def whole() -> tuple[object, tuple[str, ...]]:
        found = experiment_folder.load(folder)
        return (found.manifest, found.outcomes), found.notes

    def noise() -> tuple[object, tuple[str, ...]]:
        return newest_noise(folder.parent, experiment.manifest.machine), ()

    def summary() -> tuple[object, tuple[str, ...]]:
        return read_summary(reports / folder.name), ()

    yield "journal", folder / experiment_folder.JOURNAL, whole
    yield "manifest", folder / experiment_folder.MANIFEST, whole
    yield NOISE, folder / NOISE, noise
    yield SUMMARY, reports / folder.name / SUMMARY, summary


def run(*, count: int, tails: int, seed: int) -> int:
    """Run all trials and print the table; return the number of forbidden outcomes."""
    rng = random.Random(seed)  # noqa: S311 - a recorded seed
    bad = 0
    with tempfile.TemporaryDirectory(prefix="gilscope-mutate-") as scratch:
        experiment = copied(Path(scratch, "results"))
        reports = Path(scratch, "reports")
        report(experiment.folder, reports, is_json=False)
        for name, path, read in trials(experiment, reports):
            kinds: dict[str, tuple[Mutation, int]] = {"digit changed": (digit, count)}
            kinds |= {kind: (mutation, count) for kind, mutation in anywhere.items()}
            if name == "journal":
                kinds |= {kind: (mutation, count) for kind, mutation in LINES.items()}
                kinds["tail cut"] = (cut_tail, tails)
            for kind, (mutation, number) in kinds.items():
                counts = counted(path, read, mutation, rng=rng, number=number)
                bad += counts["traceback"] + counts["believed"]
                row = ", ".join(f"{counts[one]} {one}" for one in OUTCOMES if counts[one])
                sys.stdout.write(f"{name:<12} {kind:<18} {number:>6}: {row}\n")
                sys.stdout.flush()
    return bad


def counted(
    path: Path, read: Read, mutation: Mutation, *, rng: random.Random, number: int
) -> collections.Counter[str]:
    """Damage one file ``number`` times; return how often which outcome."""
    data = path.read_bytes()
    right, _ = read()
    try:
        return collections.Counter(
            judged(path, mutation(rng, data), read, right) for _ in range(number)
        )
    finally:
        path.write_bytes(data)


def main() -> int:
    """Read the options, run; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--tails", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        return min(1, run(count=options.count, tails=options.tails, seed=options.seed))
    return 130


if __name__ == "__main__":
    sys.exit(main())
