"""Show, get, remove and pack interpreters."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from harness import interpreters
from harness.errors import ConfigError, InterpreterError
from harness.interpreters.cache import cleanup
from harness.interpreters.cache.pack import pack
from harness.interpreters.finding.overview import Here, Named, Overview, overview
from harness.interpreters.progress import Progress
from harness.invocation import to_type
from harness.json_output import document
from harness.model import Optimised
from harness.model.build_words import compiler_words, kind, optimisation_words, short_name
from harness.running.progress import screen
from harness.terminal_width import terminal_width
from harness.wording import by_reason, byte_size, count, duration, printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.model import Build

__all__ = ["get", "list_cache", "prune", "remove", "show", "write_pack"]

_DEFAULT = "default"
"""The interpreters that ``bench`` measures by default."""
_FILE_WIDTH = 100
_MIN_WIDTH = 60
"""Narrower columns are given up, and the whole line is wrapped."""


def get(specs: tuple[str, ...], *, optimized: str | None, is_json: bool) -> str:
    """Download or build interpreters now; ``default`` means the default ones."""
    optimised = Optimised(optimized or Optimised.ANY)
    if _DEFAULT in specs and len(specs) > 1:
        raise ConfigError("--get default: give no other interpreter with it")
    names = () if specs == (_DEFAULT,) else specs
    requests = interpreters.parse_all(names, optimised=optimised)
    with screen() as shown:
        got = interpreters.provision(requests, notify=shown.getting, optimised=optimised)
        missing = [(row.label, row.reason) for row in got.unavailable]
        for subject, reason in by_reason(missing, verb="is"):
            shown.say(f"{subject} not available: {reason}")
    if not got.variants:
        raise InterpreterError("no interpreter is available")
    if is_json:
        return document({"variants": got.variants, "unavailable": got.unavailable})
    rows = [
        (variant.label, *_facts(variant.build, is_jit_on=variant.is_jit_on), variant.build.path)
        for variant in got.variants
    ]
    return "\n".join(_columns(rows)) + "\n"


def list_cache(*, is_json: bool) -> str:
    """Return what the cache contains."""
    root = interpreters.cache_root()
    rows = cleanup.listing(root)
    if is_json:
        return document({"cache": str(root), "entries": rows})
    if not rows:
        return f"{root} has no interpreter yet: {to_type('bench')} gets what it needs\n"
    table = [
        (
            row.id,
            row.state if row.state != "complete" else row.kind,
            row.optimised,
            byte_size(row.size_bytes),
            f"made in {duration(row.duration_s, is_rough=True)}" if row.duration_s else "",
            f"used {row.last_used[:10]}",
            row.source,
        )
        for row in rows
    ]
    total = byte_size(sum(row.size_bytes for row in rows))
    return "\n".join([*_columns(table), f"{total} in {root}"]) + "\n"


def remove(ids: tuple[str, ...], *, is_json: bool) -> str:
    """Remove these entries from the cache."""
    root = interpreters.cache_root()
    return _removed([cleanup.remove(root, entry_id) for entry_id in ids], is_json=is_json)


def prune(days: float, *, is_json: bool) -> str:
    """Remove from the cache what was not used for so many days."""
    return _removed(cleanup.prune(interpreters.cache_root(), days), is_json=is_json)


def write_pack(entry_id: str, file: Path, *, is_json: bool) -> str:
    """Write one entry of the cache into a file for another machine."""
    with screen() as shown:

        def on_share(share: float) -> None:
            shown.getting(Progress(subject=entry_id, phase="packing", fraction=share))

        packed = pack(interpreters.cache_root(), entry_id, file, on_share=on_share)
    if is_json:
        return document(
            {"file": str(packed.path), "size_bytes": packed.size_bytes, "entry": packed.entry}
        )
    name = packed.entry.recipe.name
    source = f"{name.rpartition('-')[2]}={packed.path.name}"
    return (
        f"{packed.path}: {name}, {byte_size(packed.size_bytes)}. On a machine of the same kind:\n"
        f"  {to_type('bench', '--interpreter', source)}\n"
    )


def _removed(removed: Sequence[cleanup.Removed], *, is_json: bool) -> str:
    if is_json:
        return document({"removed": removed})
    if not removed:
        return "Nothing to remove.\n"
    lines = [f"removed {entry.id} ({byte_size(entry.freed_bytes)})" for entry in removed]
    freed = sum(entry.freed_bytes for entry in removed)
    return "\n".join([*lines, f"{byte_size(freed)} freed"]) + "\n"


def show(*, is_json: bool) -> str:
    """Return the installed interpreters, and how to get those of the catalogue."""
    listing = overview(interpreters.cache_root())
    return document(listing) if is_json else _text(listing)


def _text(listing: Overview) -> str:
    lines = [f"Installed ({len(listing.here)})"]
    table = _columns([(short_name(item.build), *_facts(item.build)) for item in listing.here])
    for row, item in zip(table, listing.here, strict=True):
        lines += [f"  {row}", f"      {printable(item.build.real_path)}", *_notes(item)]
    if not listing.here:
        lines.append("  none")
    lines += ["", "By name"]
    width = max(len(row.id) for row in listing.catalogue)
    for named in listing.catalogue:
        status, words = _status(named, listing)
        head = f"  {named.id:<{width}}  {status:<7}  "
        lines += _wrapped(head + words, indent=len(head))
    if listing.passed_over:
        files = count(len(listing.passed_over), "file")
        lines += ["", f"{files} ignored, too old or not answering: --json lists them"]
    lines += ["", "Give any of these, or a path, with --interpreter [LABEL=]SPEC."]
    return "\n".join(lines) + "\n"


def _facts(build: Build, *, is_jit_on: bool = False) -> tuple[str, ...]:
    states = {"none": "no JIT", "off": "JIT built, off", "on": "JIT on"}
    jit = states.get("on" if is_jit_on else build.jit, "JIT not known")
    words = (kind(build), jit, optimisation_words(build), compiler_words(build))
    return (build.version, *words, build.libc)


def _notes(here: Here) -> list[str]:
    origin = here.build.provenance
    notes = [f"from {origin.provider}: {origin.source}"] if here.cache_id else []
    if len(here.names) > 1:
        others = [name for name in here.names if name != here.build.real_path]
        notes.append(f"also {', '.join(others)}")
    if here.build.missing_modules:
        notes.append(f"built without {', '.join(here.build.missing_modules)}")
    if not here.is_standard:
        notes.append("used only for the original request, or by its path")
    return [line for note in notes for line in _wrapped(f"      {printable(note)}", indent=8)]


def _status(row: Named, listing: Overview) -> tuple[str, str]:
    if row.status == "have":
        build = next(item.build for item in listing.here if item.build.path == row.paths[0])
        more = f", and {len(row.paths) - 1} more" if len(row.paths) > 1 else ""
        more += "; ambiguous, choose one by its path" if row.is_ambiguous else ""
        return "have", f"{build.version}{more}"
    if row.status == "can get":
        ways = [
            f"{way.how}: about {duration(way.expected_s, is_rough=True)}"
            + (f", {byte_size(way.size_bytes)}" if way.size_bytes else "")
            for way in row.ways
        ]
        return "can get", "; or ".join(ways)
    return "cannot", "; ".join(row.reasons)


def _wrapped(line: str, *, indent: int) -> list[str]:
    """Wrap a line at the width of the terminal, with a hanging indent."""
    width = max(_MIN_WIDTH, terminal_width() or _FILE_WIDTH)
    return textwrap.wrap(
        line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    ) or [""]


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Align all columns but the last, with printable text only."""
    rows = [tuple(map(printable, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
