"""Advice for a more certain comparison: both builds in one experiment, and the command for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from harness.analysis.comparing.compare import is_one_experiment
from harness.model.hosts import host_identity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.analysis.comparing.comparison import Compared
    from harness.analysis.comparing.sides import ComparisonInput
    from harness.model import Variant

    Advice = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
    """Sentences, and the arguments of ``bench``."""

__all__ = ["better_way"]

_MAX_WORKLOADS = 6
_PATH = re.compile(r"[/\\]|\A[~.]")
_IN_TURNS = "For a cleaner result, measure both builds in one experiment, where they take turns."
_SAME = (
    "Every build compared is the same in both, in the same environment: what differs comes from "
    "the time, the machine or the workloads, not from an interpreter."
)
_SAME_FILE = (
    "Both were measured with the interpreter at the same path: if it was built again in between, "
    "keep a copy of either build and measure both in one experiment."
)
_AS_WORKLOADS = (
    "Make a workload of the code that was measured (docs/own_workloads.md), and give bench both "
    "interpreters."
)
_NOT_HERE = (
    "{label}: no command is shown, as {missing} not on this computer under the recorded name."
)


def better_way(
    old: ComparisonInput, new: ComparisonInput, cells: Iterable[Compared], *, here: str
) -> Advice:
    """Return sentences of advice, and the commands that follow it on the computer ``here``."""
    cells = tuple(cells)
    if is_one_experiment(old, new):
        return ("Both were measured in turns, in one experiment: its page shows more.",), ()
    if old.is_experiment and new.is_experiment:
        return _experiments(old, new, cells, here)
    if old.executable and old.executable == new.executable:
        return (_SAME_FILE,), ()
    return (f"{_IN_TURNS} {_AS_WORKLOADS}",), ()


def _experiments(
    old: ComparisonInput, new: ComparisonInput, cells: tuple[Compared, ...], here: str
) -> Advice:
    pairs = dict.fromkeys((cell.old_variant, cell.key.variant) for cell in cells)
    different = [pair for pair in pairs if old.build_id(pair[0]) != new.build_id(pair[1])]
    if not different:
        return (_SAME,), ()
    advice, commands = [_IN_TURNS], []
    for before, after in different:
        old_spec, new_spec = _spec(old, before, here), _spec(new, after, here)
        workloads = _workloads(old, [cell for cell in cells if cell.key.variant == after])
        if old_spec is not None and old_spec == new_spec:
            advice.append(
                f"{after} means another build now than then: keep a copy of each build that you "
                "want to compare, or name an exact release."
            )
        elif old_spec is None or new_spec is None:
            which = "the old build is" if old_spec is None else "the new build is"
            advice.append(_NOT_HERE.format(label=after, missing=which))
        elif workloads is None:
            advice.append(_NOT_HERE.format(label=after, missing="a workload's file is"))
        else:
            commands.append(_arguments(old_spec, new_spec, workloads))
    return tuple(advice), tuple(commands)


def _spec(side: ComparisonInput, label: str, here: str) -> str | None:
    """Return what names the build on this computer: its path, or else the original request.

    ``None`` where it was a path and is none here.
    """
    variant = next(variant for variant in side.variants if variant.label == label)
    host = host_identity(side.place.host)
    if host in ("", host_identity(here)) and Path(variant.build.path).is_file():
        return _with_environment(variant)
    return None if _PATH.search(variant.spec) else variant.spec


def _with_environment(variant: Variant) -> str:
    options = "&".join(f"env={name}={value}" for name, value in variant.environment)
    return f"{variant.build.path}?{options}" if options else variant.build.path


def _workloads(old: ComparisonInput, cells: Iterable[Compared]) -> list[str] | None:
    """Return the options that measure the same workloads, none if there are too many.

    ``None`` where the file of a user's workload is not in the current folder.
    """
    names = dict.fromkeys(cell.family for cell in cells)
    sources = {sample.family: sample.source for sample in old.samples.values()}
    words = []
    for name in names if len(names) <= _MAX_WORKLOADS else ():
        source = sources.get(name)
        if source and not Path(source).is_file():
            return None
        words += ["--workload", f"{source}::{name}" if source else name]
    return words


def _arguments(old: str, new: str, workloads: list[str]) -> tuple[str, ...]:
    words = ("--interpreter", f"old={old}", "--interpreter", f"new={new}", "--baseline", "old")
    return (*words, *workloads)
