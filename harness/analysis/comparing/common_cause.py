"""What cannot be the interpreter: everything moved alike, or both sides are one interpreter."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from harness.analysis.comparing.comparability import has_made_up_names
from harness.analysis.comparing.compare import is_one_experiment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.analysis.comparing.comparison import Compared
    from harness.analysis.comparing.sides import ComparisonInput

__all__ = ["cautions"]

_MIN_CELLS = 3
"""Fewer cells move together by chance, or because one change is in all of them."""
_MOVED = math.log(1.05)
_CANARY_MOVED = math.log(1.10)


def cautions(
    old: ComparisonInput, new: ComparisonInput, cells: tuple[Compared, ...]
) -> tuple[str, ...]:
    """Return reasons to doubt that the interpreters differ, the most certain first."""
    return (
        *_one_interpreter(old, new, cells),
        *_kinds_of_build(old, new, cells),
        *_canaries(old, new),
        *_moved_together(old, new, cells),
        *_unknown_machine(old, new),
    )


def _one_interpreter(
    old: ComparisonInput, new: ComparisonInput, cells: tuple[Compared, ...]
) -> Iterator[str]:
    if old.is_experiment and new.is_experiment:
        pairs = {(cell.old_variant, cell.key.variant) for cell in cells}
        if pairs and all(old.build_id(mine) == new.build_id(theirs) for mine, theirs in pairs):
            yield (
                "Both sides are the same interpreter, in the same environment: what differs comes "
                "from the time, the machine or the workloads."
            )
    elif not old.is_experiment and not new.is_experiment and _is_one_python(old, new):
        is_one_path = old.executable == new.executable != ""
        yield (
            f"Both files name the same interpreter, {old.python}"
            f"{', at the same path' if is_one_path else ''}. "
            + (
                "Unless it was built again in between, only the time and the machine differ."
                if is_one_path
                else "Whether the builds differ, by the GIL or by optimizations, is not in them."
            )
        )


def _is_one_python(old: ComparisonInput, new: ComparisonInput) -> bool:
    facts = [(side.python, side.gil, side.build) for side in (old, new)]
    return bool(old.python) and facts[0] == facts[1]


def _kinds_of_build(
    old: ComparisonInput, new: ComparisonInput, cells: tuple[Compared, ...]
) -> Iterator[str]:
    pairs = dict.fromkeys((cell.old_variant, cell.key.variant) for cell in cells)
    for mine, theirs in pairs:
        before, after = _kind(old, mine), _kind(new, theirs)
        if before is not None and after is not None and before != after:
            name = f"{theirs or mine}: t" if theirs or mine else "T"
            yield f"{name}he old build is {_kind_words(before)}, the new one {_kind_words(after)}."


def _kind(side: ComparisonInput, label: str) -> tuple[str, ...] | None:
    """Return debug and optimisation of a build; ``None`` where they are not known."""
    if not side.is_experiment:
        return side.build if side.has_options else None
    for variant in side.variants:
        build = variant.build
        if variant.label == label and build.has_own_config:
            known = {"debug build": build.is_debug, "PGO": build.has_pgo, "LTO": build.has_lto}
            return tuple(words for words, is_so in known.items() if is_so)
    return None


def _kind_words(kind: tuple[str, ...]) -> str:
    if "debug build" in kind:
        return "a debug build"
    return f"built with {' and '.join(kind)}" if kind else "built without PGO and LTO"


def _canaries(old: ComparisonInput, new: ComparisonInput) -> Iterator[str]:
    if old.canary_s is None or new.canary_s is None or is_one_experiment(old, new):
        return
    moved = math.log(new.canary_s / old.canary_s)
    if abs(moved) >= _CANARY_MOVED and _code(old) == _code(new):
        how = "slower" if moved > 0 else "faster"
        yield (
            f"The machine itself was {math.exp(abs(moved)):.2f}× {how} when new was measured: its "
            "canaries, which run the same code every time, took so much "
            f"{'longer' if moved > 0 else 'less time'}."
        )


def _code(side: ComparisonInput) -> str:
    return dict(side.settings).get("workload code", "")


def _moved_together(
    old: ComparisonInput, new: ComparisonInput, cells: tuple[Compared, ...]
) -> Iterator[str]:
    """Yield a sentence where the times of all cells that compute moved the same way."""
    waits = {key for side in (old, new) for key, sample in side.samples.items() if sample.is_wait}
    moves = [
        math.log(cell.new.point / cell.old.point)
        for cell in cells
        if cell.unit == "second" and cell.key not in waits
    ]
    if len(moves) < _MIN_CELLS or is_one_experiment(old, new):
        return
    is_slower = statistics.median(moves) > 0
    sizes = [move if is_slower else -move for move in moves]
    if min(sizes) < _MOVED:
        return
    span = dict.fromkeys(f"{math.exp(size):.3g}×" for size in (min(sizes), max(sizes)))
    yield (
        f"All {len(moves)} cells are {'slower' if is_slower else 'faster'} in new, by "
        f"{' to '.join(span)}: where everything moves the same way, the cause is more likely the "
        "machine, its load or the kind of build than the code."
    )


def _unknown_machine(old: ComparisonInput, new: ComparisonInput) -> Iterator[str]:
    both_known = old.place.cpu_model and new.place.cpu_model
    if has_made_up_names(old.place, new.place) and not both_known:
        yield (
            "Host names that change at every start (containers, pods, CI runners) and no CPU "
            "model: whether both were measured on the same machine is not known."
        )
