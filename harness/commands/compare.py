"""What ``compare`` does, step by step: read both, judge, write the page, test the gates."""

from __future__ import annotations

import dataclasses
import hashlib
import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING

from harness.analysis.comparing.common_cause import cautions
from harness.analysis.comparing.comparability import other_machine, other_settings
from harness.analysis.comparing.compare import Cells, compare, is_one_experiment
from harness.analysis.comparing.comparison import Choice, Comparison, How, InputName
from harness.analysis.comparing.gate import parse_gate, tripping
from harness.commands.compare_advice import better_way
from harness.commands.compare_inputs import Read, named_apart, read_side, stored_drift
from harness.commands.made import Made
from harness.errors import ConfigError, StoreError, os_error_as
from harness.export.compare_markdown import comparison_summary
from harness.files import write_whole
from harness.planning.quantities import share_of
from harness.report.compare.html import write_comparison
from harness.report.compare.json import comparison_document
from harness.report.compare.published import published
from harness.report.compare.terminal import comparison_lines, gate_line, gate_words
from harness.report.compare.words import is_changed
from harness.report.index.summarise import keep_compare_summary
from harness.report.words.file_names import file_stem
from harness.statistics.levels import LEVEL
from harness.statistics.verdicts import PRACTICAL
from harness.storage.same_machine import SameMachine, read_same_machine, state_same_machine
from harness.wording import count

if TYPE_CHECKING:
    from harness.analysis.comparing.sides import ComparisonInput

__all__ = ["CompareOptions", "make_comparison"]

_DIGEST = 8


@dataclasses.dataclass(frozen=True, kw_only=True)
class CompareOptions:
    """The options as written; shares are texts such as ``2%``."""

    fail_if: tuple[str, ...] = ()
    threshold: str | None = None
    anchor: str | None = None
    no_anchor: bool = False
    run_to_run: str | None = None
    variants: tuple[str, ...] = ()
    is_across: bool = False
    is_same_machine: bool = False
    markdown: str | None = None
    is_json: bool = False
    is_host_shown: bool = False


def make_comparison(
    sides: tuple[str, str], options: CompareOptions, *, results: Path, reports: Path
) -> Made:
    """Compare two experiments or pyperf files, write the page, and test the gates.

    Raises StoreError if one cannot be read, ConfigError if they cannot be compared,
    NothingToDoError if they have no cell in common.
    """
    old, new = (read_side(results, query) for query in sides)
    choice = _choice(options, floor=max(PRACTICAL, old.noise, new.noise))
    if old.identity == new.identity:
        raise ConfigError(f"{old.which} would be compared with itself: name two")
    names = _same_machine(results, old, new, is_stated=options.is_same_machine)
    old, new = named_apart(old, new, names)
    others = _refuse_other_machine(old, new, choice)
    needs_drift = choice.run_to_run is None and not is_one_experiment(old.side, new.side)
    stored, notes = stored_drift(results, old, new, names) if needs_drift else ({}, ())
    cells = compare(old.side, new.side, choice, stored)
    advice, commands = better_way(old.side, new.side, cells.compared, here=platform.node())
    comparison = Comparison(
        old=_set(old.side),
        new=_set(new.side),
        machine=_machines(old, new, is_host_shown=options.is_host_shown),
        is_across=bool(others),
        threshold=choice.threshold,
        level=LEVEL,
        cells=cells.compared,
        missing=cells.missing,
        added=cells.added,
        failed=cells.failed,
        not_comparable=cells.not_comparable,
        cautions=cautions(old.side, new.side, cells.compared),
        warnings=(*_warnings(old, new, others), *notes, *_about(cells, choice)),
        advice=advice,
        commands=commands,
        private=tuple(dict.fromkeys((*old.side.private, *new.side.private))),
    )
    digest = _digest(old, new, options)
    return _made(comparison, choice, options, reports=reports, digest=digest)


def _machines(old: Read, new: Read, *, is_host_shown: bool) -> str:
    machines = [
        " on ".join(filter(None, (read.machine, read.side.place.host * is_host_shown)))
        for read in (old, new)
    ]
    return " / ".join(dict.fromkeys(filter(None, machines)))


def _same_machine(results: Path, old: Read, new: Read, *, is_stated: bool) -> SameMachine:
    """Return which host names are one machine, after recording what the user says of these two."""
    hosts = (old.side.place.host, new.side.place.host)
    return state_same_machine(results, hosts) if is_stated else read_same_machine(results)


def _digest(old: Read, new: Read, options: CompareOptions) -> str:
    """Return what tells the page of this comparison from all others."""
    chosen = (options.anchor, options.no_anchor, options.threshold, options.run_to_run)
    parts = (old.identity, new.identity, repr(sorted(options.variants)), repr(chosen))
    return hashlib.sha256("\n".join(parts).encode(errors="replace")).hexdigest()[:_DIGEST]


def _made(
    comparison: Comparison,
    choice: Choice,
    options: CompareOptions,
    *,
    reports: Path,
    digest: str,
) -> Made:
    is_host_shown = options.is_host_shown
    shown = published(comparison, is_host_shown=is_host_shown)
    folder = reports / f"compare-{_stem(shown.old.name)}-{_stem(shown.new.name)}-{digest}"
    tripped = [(gate, tripping(gate, comparison.cells)) for gate in choice.gates]
    page = write_comparison(comparison, tripped, folder, is_host_shown=is_host_shown)
    keep_compare_summary(comparison, tripped, page.parent)
    if options.markdown is not None:
        summary = comparison_summary(comparison, tripped, is_host_shown=is_host_shown)
        with os_error_as(StoreError, f"--markdown {options.markdown} cannot be written"):
            write_whole(Path(options.markdown), summary.encode())
    if options.is_json:
        text = comparison_document(comparison, tripped, page)
    else:
        text = "\n".join([*comparison_lines(comparison, tripped), f"Report: {page}", ""])
    failures = [
        # What was printed is not printed again.
        gate_line(comparison, gate, cells) if options.is_json else gate_words(gate, cells)
        for gate, cells in tripped
        if cells
    ]
    return Made(page=page, text=text, failure="; ".join(failures))


def _refuse_other_machine(old: Read, new: Read, choice: Choice) -> tuple[str, ...]:
    """Return the differences of two machines; raises ConfigError unless the user allows them."""
    others = other_machine(old.side.place, new.side.place)
    if others and not choice.is_across:
        is_name_alone = len(others) == 1 and others[0].startswith("host name")
        renamed = "; if both names are one machine, say so with --same-machine"
        raise ConfigError(
            f"{old.which} and {new.which} were measured on different machines "
            f"({'; '.join(others)}): differences need not come from the interpreter; "
            f"--across-machines compares them anyway{renamed if is_name_alone else ''}"
        )
    return others


def _warnings(old: Read, new: Read, others: tuple[str, ...]) -> tuple[str, ...]:
    warnings = []
    if others:
        warnings.append(
            f"Two machines are compared ({'; '.join(others)}): a difference may be theirs."
        )
    if settings := other_settings(old.side, new.side):
        warnings.append(f"More than the builds differs ({'; '.join(settings)}).")
    return (*warnings, *old.notes, *new.notes)


def _about(cells: Cells, choice: Choice) -> tuple[str, ...]:
    alone = [cell for cell in cells.compared if cell.where.error is None]
    warnings = []
    if alone:
        warnings.append(
            f"{len(alone)} of {len(cells.compared)} cells have one process only on a side: "
            "their ratios have no interval, and nothing is decided."
        )
    anchors = {cell.basis.anchor for cell in cells.compared} - {""}
    moved = {cell.old_variant for cell in cells.compared if is_changed(cell)} & anchors
    if moved:
        warnings.append(
            f"{', '.join(moved)}, the same build in both, changed itself: between the two the "
            "machine changed, or something else that is not the builds."
        )
    judged = {cell.key for cell in cells.compared if cell.where.error is not None}
    named = (*cells.failed, *cells.missing, *cells.not_comparable)
    silent = {*(cell.key for cell in named), *(cell.key for cell in alone)} - judged
    if choice.gates and silent:
        warnings.append(
            f"--fail-if ignored {count(len(silent), 'cell')} that failed, that new does not have "
            "or that cannot be judged."
        )
    if any(cell.basis.how is How.ASSUMED for cell in cells.compared):
        warnings.append(
            "Old and new were measured at different times. How much runs differ on this machine is "
            "not known: it was assumed, see below."
        )
    return tuple(warnings)


def _set(side: ComparisonInput) -> InputName:
    return InputName(name=side.name, label=side.label, created=side.created, gil=side.gil)


def _choice(options: CompareOptions, *, floor: float) -> Choice:
    """Return the checked options; raise ConfigError for a bad one.

    ``floor`` is the smallest difference that matters unless the user gives another.
    """
    if options.anchor is not None and options.no_anchor:
        raise ConfigError("--anchor and --no-anchor exclude each other: leave one out")
    threshold, run_to_run = options.threshold, options.run_to_run
    return Choice(
        anchor=options.anchor,
        may_anchor=not options.no_anchor,
        threshold=floor if threshold is None else _share("--threshold", threshold),
        run_to_run=None if run_to_run is None else _share("--run-to-run", run_to_run),
        variants=tuple(_labels(text) for text in options.variants),
        is_across=options.is_across,
        gates=tuple(parse_gate(text) for text in options.fail_if),
    )


def _share(option: str, text: str) -> float:
    """Return a share written ``2%`` or ``0.02``."""
    share = share_of(text)
    if share is None or not 0 < share < 1:
        raise ConfigError(f"{option} {text!r} is not a share: write {option} 2% or 0.02")
    return share


def _labels(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not old or (equals and not new):
        raise ConfigError(f"--variant {text!r} is not valid; write LABEL or OLD=NEW")
    return old, new or old


def _stem(name: str) -> str:
    """Return a name without a file's suffix, as part of the name of a folder."""
    return file_stem(re.sub(r"\.json(\.gz)?\Z", "", name), longest=60)
