"""Advice for a more certain comparison: both builds in one experiment, and the command for it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.analysis.comparing.comparison import Compared
    from harness.analysis.comparing.sides import ComparisonInput
    from harness.model import Variant

__all__ = ["better_way"]

_MAX_WORKLOADS = 6
_UNKNOWN = "PATH-OF-THE-OLD-BUILD"
_IN_TURNS = (
    "Measured in turns, block by block, two builds differ by no time: measure both in one "
    "experiment."
)

_SAME = (
    "Every build compared is the same in both, in the same environment: what differs comes from "
    "the time, the machine or the workloads, not from an interpreter."
)

_SAME_FILE = (
    "Both were measured with the interpreter at the same path: if it was built again in between, "
    "keep a copy of either build and measure both in one experiment."
)


def better_way(
    old: ComparisonInput, new: ComparisonInput, cells: Iterable[Compared]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return sentences of advice, and the commands that follow it."""
    cells = tuple(cells)
    if old.is_experiment and new.is_experiment:
        return _experiments(old, new, cells)
    if old.executable and old.executable == new.executable:
        return (_SAME_FILE,), ()
    # One side at most is an experiment, and of it one variant was compared.
    label = next((cell.old_variant or cell.key.variant for cell in cells), "")
    command = _command(_one_spec(old, label), _one_spec(new, label), ["--workload", "NAME.py"])
    advice = f"{_IN_TURNS} The code becomes a workload with nox -s workload -- new NAME."
    return (advice,), (command,)


def _experiments(
    old: ComparisonInput, new: ComparisonInput, cells: tuple[Compared, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pairs = dict.fromkeys((cell.old_variant, cell.key.variant) for cell in cells)
    different = [pair for pair in pairs if old.build_id(pair[0]) != new.build_id(pair[1])]
    if not different:
        return (_SAME,), ()
    advice, commands = [_IN_TURNS], []
    for before, after in different:
        old_spec, new_spec = _spec(_variant(old, before)), _spec(_variant(new, after))
        if old_spec == new_spec:  # another build has replaced it
            old_spec = _UNKNOWN
            advice.append(f"{after} means another build now: name the place of the old one.")
        own = [cell for cell in cells if cell.key.variant == after]
        commands.append(_command(old_spec, new_spec, _workloads(old, own)))
    return tuple(advice), tuple(commands)


def _variant(side: ComparisonInput, label: str) -> Variant:
    return next(variant for variant in side.variants if variant.label == label)


def _spec(variant: Variant) -> str:
    """Return the path of the build if it is still there, else the original request."""
    if not Path(variant.build.path).is_file():
        return variant.spec
    options = "&".join(f"env={name}={value}" for name, value in variant.environment)
    return f"{variant.build.path}?{options}" if options else variant.build.path


def _one_spec(side: ComparisonInput, label: str) -> str:
    if side.is_experiment and label:
        return _spec(_variant(side, label))
    return side.executable or _UNKNOWN


def _workloads(old: ComparisonInput, cells: Iterable[Compared]) -> list[str]:
    """Return the options that measure the same workloads, unless there are too many."""
    names = dict.fromkeys(cell.family for cell in cells)
    sources = {sample.family: sample.source for sample in old.samples.values()}
    words = []
    for name in names if len(names) <= _MAX_WORKLOADS else ():
        words += ["--workload", f"{sources[name]}::{name}" if sources.get(name) else name]
    return words


def _command(old: str, new: str, workloads: list[str]) -> str:
    words = ["nox", "-s", "bench", "--", "--interpreter", f"old={old}"]
    words += ["--interpreter", f"new={new}", "--baseline", "old", *workloads]
    return shlex.join(words)
