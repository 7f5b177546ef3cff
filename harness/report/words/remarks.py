"""What a workload left or changed, and an import that turned the GIL back on, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.remarks import RemarkKind
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, GilBack
    from harness.model import Plan

__all__ = ["described", "gil_back_lines", "gil_back_sentence", "remark_sentences", "ways_on"]

_WORDS = {
    RemarkKind.STATE: "was measured with {subjects}",
    RemarkKind.RESTORED: "changes {subjects} while it works; set back after each value",
    RemarkKind.THREAD: "left a thread running: {subjects}",
    RemarkKind.CHILD: "left a process running: {subjects}",
    RemarkKind.FILES: "leaves files open: {subjects}",
}


def described(kind: str, subjects: tuple[str, ...]) -> str:
    """Return what is remarked of a workload, without its name."""
    return _WORDS[RemarkKind(kind)].format(subjects=formatting.listed(subjects))


def remark_sentences(analysis: Analysis) -> tuple[str, ...]:
    """Return one sentence for each workload, kind of remark and set of variants."""
    merged: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for remark in analysis.remarks:
        where = remark.workload, remark.kind, remark.variants
        merged.setdefault(where, []).append(remark.subject)
    return tuple(
        f"{workload} {described(kind, tuple(subjects))}{_under(analysis, workload, variants)}."
        for (workload, kind, variants), subjects in merged.items()
    )


def _under(analysis: Analysis, workload: str, variants: tuple[str, ...]) -> str:
    """Return the variants in brackets, unless it is all that ran the workload."""
    cells = analysis.manifest.plan.cells
    able = {cell.variant for cell in cells if cell.benchmark.workload == workload}
    return "" if set(variants) >= able else f" ({', '.join(variants)})"


def gil_back_sentence(back: GilBack) -> str:
    """Return what happened, without a full stop."""
    return f"importing {back.module} turned the GIL back on"


def ways_on(plan: Plan, variant: str) -> str:
    """Return the two things that a user can do about it, without a full stop."""
    mark = "&" if "?" in plan.variant(variant).spec else "?"
    return (
        f"keep the GIL off at your own risk, with {mark}env=PYTHON_GIL=0 after its --interpreter, "
        "or use a version of the package that supports free threading"
    )


def gil_back_lines(analysis: Analysis) -> tuple[str, ...]:
    """Return a sentence for each variant that has results in spite of it.

    One that has none has no other answer.
    """
    return tuple(
        f"{back.variant}: {gil_back_sentence(back)} in "
        f"{formatting.listed(_names(back))}: {ways_on(analysis.manifest.plan, back.variant)}."
        for back in analysis.gil_backs
        if back.has_results
    )


def _names(back: GilBack) -> tuple[str, ...]:
    return tuple(dict.fromkeys(benchmark.workload for benchmark in back.benchmarks))
