"""How often ``compare`` calls runs of the same thing different, and how often pyperf's own test.

No test: a tool for whoever changes how comparisons are decided. Give it a folder of experiments
of one plan and a folder of pyperf files, both measured one after another with the same builds:

    python -m tests.integration.measure_compare RESULTS PYPERF

Any two of them differ by the time alone, so that every difference found is a false one.
"""

from __future__ import annotations

import collections
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyperf
from pyperf._utils import is_significant

from harness.analysis.comparing.compare import compare
from harness.analysis.comparing.comparison import Choice, How
from harness.analysis.comparing.run_to_run import known
from harness.analysis.comparing.sides import ComparisonInput, input_of_experiment, input_of_file
from harness.model import Decision
from harness.statistics.verdicts import PRACTICAL
from harness.storage import experiment_folder, pyperf_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.analysis.comparing.comparison import Compared

ANCHORED = Choice(threshold=PRACTICAL)
TIMES = Choice(threshold=PRACTICAL, may_anchor=False)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _is_changed(cell: Compared) -> bool:
    return cell.verdict is not None and cell.verdict.decision in (Decision.FASTER, Decision.SLOWER)


def _rates(name: str, pairs: Iterable[Sequence[Compared]]) -> str:
    cells = [list(each) for each in pairs]
    changed = [sum(map(_is_changed, each)) for each in cells]
    of = sum(map(len, cells))
    any_changed = sum(map(bool, changed))
    words = collections.Counter(
        str(cell.verdict.decision) for each in cells for cell in each if cell.verdict
    )
    return (
        f"{name:<34} pairs with any {any_changed:4} of {len(cells):4} = "
        f"{any_changed / len(cells):6.1%}   cells {sum(changed):4} of {of:4} = "
        f"{sum(changed) / of:6.1%}   {dict(sorted(words.items()))}"
    )


def _experiments(
    sides: Sequence[ComparisonInput], pairs: Sequence[tuple[ComparisonInput, ComparisonInput]]
) -> None:
    def others(old: ComparisonInput, new: ComparisonInput) -> list[ComparisonInput]:
        return [one for one in sides if one is not old and one is not new]

    anchored = [compare(old, new, ANCHORED, {}).compared for old, new in pairs]
    only = [[one for one in cells if one.basis.how is How.ANCHOR] for cells in anchored]
    if any(only):
        _say(_rates("  (a) against the anchor", only))
    unknown = (compare(old, new, TIMES, {}).compared for old, new in pairs)
    _say(_rates("  (b) run-to-run unknown", unknown))
    learned = (
        compare(old, new, TIMES, known(others(old, new), old)).compared for old, new in pairs
    )
    _say(_rates("  (b) run-to-run known", learned))


def _pyperf(files: Sequence[Path], pairs: Sequence[tuple[Path, Path]]) -> None:
    sides = {path: input_of_file(pyperf_file.load(path)) for path in files}
    ours = (compare(sides[old], sides[new], TIMES, {}).compared for old, new in pairs)
    _say(_rates("  pyperf files, compare", ours))
    suites = {path: pyperf.BenchmarkSuite.load(str(path)) for path in files}
    theirs = [
        is_significant(
            suites[old].get_benchmark(name).get_values(),
            suites[new].get_benchmark(name).get_values(),
        )[0]
        for old, new in pairs
        for name in suites[old].get_benchmark_names()
    ]
    share = sum(theirs) / len(theirs)
    _say(f"  {'pyperf files, is_significant':<32} {sum(theirs)} of {len(theirs)} = {share:.1%}")


def main(results: str, folder: str) -> None:
    """Print the rates for neighbouring pairs and for all pairs."""
    stored = [
        experiment_folder.load(path)
        for path in reversed(experiment_folder.newest_first(Path(results)))
    ]
    sides = [input_of_experiment(one.manifest, one.outcomes) for one in stored]
    files = sorted(Path(folder).glob("*.json"))
    for kind, noise in known(sides, sides[0]).items():
        _say(f"{kind}: runs differ by {noise.spread.sd:.1%}, {noise.experiments} experiments")
    _say("neighbours")
    _experiments(sides, list(itertools.pairwise(sides)))
    _pyperf(files, list(itertools.pairwise(files)))
    _say("all pairs")
    _experiments(sides, list(itertools.combinations(sides, 2)))
    _pyperf(files, list(itertools.combinations(files, 2)))


if __name__ == "__main__":
    main(*sys.argv[1:])
