"""What ``export`` does, step by step: read, make what was asked for, write it, say so."""

from __future__ import annotations

import dataclasses
import enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.commands import load
from harness.errors import ConfigError, StoreError, nearest
from harness.export import (
    figures as pictures,
)
from harness.export import (
    github_action,
    markdown,
    table_files,
)
from harness.export.shareable_copy import shared_copy
from harness.files import write_whole
from harness.json_output import document
from harness.report.words.file_names import file_stems
from harness.report.words.formatting import count
from harness.storage import experiment_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from harness.commands.load import Loaded

__all__ = ["Format", "export"]

_MEGABYTE = 1_000_000


class Format(enum.StrEnum):
    """What can be asked for; ``--figures`` besides."""

    PYPERF = "pyperf"
    CSV = "csv"
    PARQUET = "parquet"
    MARKDOWN = "markdown"
    ACTION = "action-json"


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Asked:
    """The checked options."""

    formats: tuple[Format, ...]
    figures: tuple[str, ...]
    picture_formats: tuple[str, ...]
    is_dark: bool
    is_transparent: bool


def export(wanted: str, options: Mapping[str, Any], *, results: Path, reports: Path) -> str:
    """Export experiment ``wanted`` of ``results``; return what standard output gets.

    Raises StoreError for what cannot be read or written, ConfigError for options that do not go
    together.
    """
    asked = _asked(options)
    folder = experiment_folder.choose(results, wanted)
    if options.get("results_copy") is not None:
        return _shared(folder, Path(options["results_copy"]), options)
    loaded = load.load_experiment(folder, is_host_shown=bool(options.get("is_host_shown")))
    if options.get("is_listed"):
        return _listed(loaded, is_json=bool(options.get("is_json")))
    if options.get("is_printed"):
        return _printed(loaded, asked)
    into = Path(
        options.get("into")
        or _beside_the_page(reports / experiment_folder.read_manifest(folder).id)
    )
    return _written(loaded, asked, into, is_json=bool(options.get("is_json")))


def _beside_the_page(page: Path) -> Path:
    """Return the folder for exports in the folder of a page; raises StoreError for links."""
    _refuse_link(page)
    _refuse_link(page / "export")
    return page / "export"


def _refuse_link(folder: Path) -> None:
    # In reports from elsewhere it could lead anywhere, and files would be replaced there.
    if folder.is_symlink():
        raise StoreError(f"{folder} is a link: remove it, or give another folder with --into")


def _asked(options: Mapping[str, Any]) -> _Asked:
    figures = tuple(options.get("figures") or ())
    formats = tuple(one for one in Format if options.get(one.replace("-", "_")))
    picture_formats = tuple(
        filter(None, (one.strip() for one in str(options.get("format") or "").split(",")))
    )
    for one in picture_formats:
        if one not in pictures.FORMATS:
            raise ConfigError(f"--format {one!r} is unknown; {nearest(one, pictures.FORMATS)}")
    if picture_formats and not figures:
        raise ConfigError("--format is about figures: add --figures")
    if not formats and not figures:
        formats = tuple(
            one for one in Format if one is not Format.PARQUET or table_files.has_parquet()
        )
    return _Asked(
        formats=formats,
        figures=figures,
        picture_formats=picture_formats or pictures.FORMATS,
        is_dark=options.get("theme") == "dark",
        is_transparent=bool(options.get("is_transparent")),
    )


def _pyperf(loaded: Loaded) -> dict[str, bytes]:
    suites = loaded.pyperf_suites()
    stems = file_stems(suites)
    return {f"pyperf/{stems[label]}.json": suite for label, suite in suites.items()}


def _tables(
    loaded: Loaded, encode: Callable[[pd.DataFrame], bytes], suffix: str
) -> dict[str, bytes]:
    frames = {"values": loaded.values, "estimates": loaded.estimates, "splits": loaded.splits}  # noqa: PD011 - our own
    return {f"{name}.{suffix}": encode(frame) for name, frame in frames.items()}


_MAKERS: Mapping[Format, Callable[[Loaded], dict[str, bytes]]] = {
    Format.PYPERF: _pyperf,
    Format.CSV: lambda loaded: _tables(loaded, table_files.csv_bytes, "csv"),
    Format.PARQUET: lambda loaded: _tables(loaded, table_files.parquet_bytes, "parquet"),
    Format.MARKDOWN: lambda loaded: {"summary.md": markdown.summary(loaded.analysis).encode()},
    Format.ACTION: lambda loaded: {
        "action-times.json": github_action.times(loaded.analysis).encode(),
        "action-speedups.json": github_action.speedups(loaded.analysis).encode(),
    },
}
"""Each format's files; the first of a format is the one that ``--stdout`` prints."""


def _made(loaded: Loaded, asked: _Asked) -> dict[str, bytes]:
    """Return all files by their path inside the folder."""
    found: dict[str, bytes] = {}
    for one in asked.formats:
        found |= _MAKERS[one](loaded)
    if asked.figures:
        drawn = pictures.pictures(
            loaded.analysis,
            asked.figures,
            formats=asked.picture_formats,
            is_dark=asked.is_dark,
            is_transparent=asked.is_transparent,
        )
        found |= {f"figures/{name}": data for name, data in drawn.items()}
    return found


def _printed(loaded: Loaded, asked: _Asked) -> str:
    texts = {Format.CSV, Format.MARKDOWN, Format.ACTION}
    if len(asked.formats) != 1 or asked.figures or not texts.issuperset(asked.formats):
        raise ConfigError(
            f"--stdout prints one text: give it one of --{', --'.join(sorted(texts))}"
        )
    return next(iter(_made(loaded, asked).values())).decode()


def _listed(loaded: Loaded, *, is_json: bool) -> str:
    titles = pictures.figure_titles(loaded.analysis)
    if is_json:
        return document({"experiment": loaded.id, "formats": list(Format), "figures": list(titles)})
    width = max(map(len, titles), default=0)
    figures = (f"figure   {name:<{width}}  {title}" for name, title in titles.items())
    return "\n".join([f"formats  {', '.join(Format)}", *figures, ""])


def _written(loaded: Loaded, asked: _Asked, into: Path, *, is_json: bool) -> str:
    files = _made(loaded, asked)
    for folder in {(into / name).parent for name in files} - {into}:
        _refuse_link(folder)
    for name, data in files.items():
        _write(into / name, data)
    left_out = _left_out(loaded, asked)
    if is_json:
        return document(
            {
                "experiment": loaded.id,
                "folder": str(into),
                "files": [{"name": name, "bytes": len(data)} for name, data in files.items()],
                "left_out": left_out,
            }
        )
    width = max(map(len, files), default=0)
    lines = [f"{name:<{width}}  {_size(len(data)):>8}" for name, data in files.items()]
    lines += [f"left out: {reason}" for reason in left_out]
    return "\n".join([*lines, f"Export: {into}", ""]).replace("\u00a0", " ")


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= _MEGABYTE else f"{max(1, round(number / 1e3))} kB"


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror}; give another folder with --into"
        ) from error


def _left_out(loaded: Loaded, asked: _Asked) -> list[str]:
    """Return what the files lack, and why."""
    found = []
    failed = sum(failure.failed for failure in loaded.failures)
    if failed:
        cells = count(len(loaded.failures), "cell")
        found.append(f"{count(failed, 'process')} of {cells} that failed: the page says why")
    if not table_files.has_parquet() and Format.PARQUET not in asked.formats:
        found.append(f"Parquet: pyarrow is not installed here, {table_files.how_to_get_parquet()}")
    return found


def _shared(folder: Path, into: Path, options: Mapping[str, Any]) -> str:
    if options.get("is_host_shown"):
        raise ConfigError("--results-copy leaves the host out: copy the folder itself instead")
    copy = shared_copy(experiment_folder.load(folder), into)
    if options.get("is_json"):
        return document({"experiment": copy.name, "folder": str(copy)})
    return f"Copy without host, users and paths: {copy}\n"
