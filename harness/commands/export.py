"""The steps of ``export``: read, make the files, write them, list them."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

from harness.commands import load
from harness.errors import ConfigError, StoreError, nearest, os_error_as
from harness.export import figures as pictures
from harness.export import github_action, markdown, table_files
from harness.export.shareable_copy import shared_copy
from harness.files import write_whole
from harness.json_output import document
from harness.report.words.file_names import file_stems
from harness.storage import experiment_folder
from harness.wording import byte_size, count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd

    from harness.commands.load import Loaded

__all__ = ["ExportOptions", "Format", "export"]


class Format(enum.StrEnum):
    """The formats of data; ``--figures`` come on top."""

    PYPERF = "pyperf"
    CSV = "csv"
    PARQUET = "parquet"
    MARKDOWN = "markdown"
    ACTION = "action-json"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """The options of ``export``."""

    formats: tuple[Format, ...] = ()
    """Without any and without figures, all that can be written here."""
    figures: tuple[str, ...] = ()
    """Names and globs."""
    figure_formats: str = ""
    """As written, such as ``svg,png``; empty for both."""
    theme: str = "light"
    is_transparent: bool = False
    into: Path | None = None
    is_printed: bool = False
    results_copy: Path | None = None
    is_listed: bool = False
    is_json: bool = False
    is_host_shown: bool = False


def export(query: str, options: ExportOptions, *, results: Path, reports: Path) -> str:
    """Export experiment ``query`` of ``results``; return the text for standard output.

    Raises StoreError for what cannot be read or written, ConfigError for options that contradict
    each other.
    """
    if not options.formats and not options.figures:
        left_out = () if table_files.has_parquet() else (Format.PARQUET,)
        formats = tuple(name for name in Format if name not in left_out)
        options = dataclasses.replace(options, formats=formats)
    picture_formats = _picture_formats(options)
    folder = experiment_folder.choose(results, query)
    if options.results_copy is not None:
        return _shared(folder, options.results_copy, options)
    loaded = load.load_experiment(folder, is_host_shown=options.is_host_shown)
    if options.is_listed:
        return _listed(loaded, is_json=options.is_json)
    if options.is_printed:
        _check_printable(options)
    files = _made(loaded, options, picture_formats)
    if options.is_printed:
        return next(iter(files.values())).decode()
    page = reports / experiment_folder.read_manifest(folder).id
    return _written(loaded, files, options, options.into or _beside_the_page(page))


def _beside_the_page(page: Path) -> Path:
    """Return the folder for exports in the folder of a page; raises StoreError for links."""
    _refuse_link(page)
    _refuse_link(page / "export")
    return page / "export"


def _refuse_link(folder: Path) -> None:
    # In reports from elsewhere it could lead anywhere, and files would be replaced there.
    if folder.is_symlink():
        raise StoreError(f"{folder} is a link: remove it, or give another folder with --into")


def _picture_formats(options: ExportOptions) -> tuple[str, ...]:
    written = (name.strip() for name in options.figure_formats.split(","))
    names = tuple(filter(None, written))
    for name in names:
        if name not in pictures.FORMATS:
            raise ConfigError(f"--format {name!r} is unknown; {nearest(name, pictures.FORMATS)}")
    if names and not options.figures:
        raise ConfigError("--format is for figures: add --figures")
    return names or pictures.FORMATS


def _check_printable(options: ExportOptions) -> None:
    texts = {Format.CSV, Format.MARKDOWN, Format.ACTION}
    if len(options.formats) != 1 or options.figures or not texts.issuperset(options.formats):
        raise ConfigError(
            f"--stdout prints one text: give it one of --{', --'.join(sorted(texts))}"
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


def _made(
    loaded: Loaded, options: ExportOptions, picture_formats: tuple[str, ...]
) -> dict[str, bytes]:
    """Return all files by their path inside the folder."""
    files: dict[str, bytes] = {}
    for name in options.formats:
        files |= _MAKERS[name](loaded)
    if options.figures:
        drawn = pictures.pictures(
            loaded.analysis,
            options.figures,
            formats=picture_formats,
            is_dark=options.theme == "dark",
            is_transparent=options.is_transparent,
        )
        files |= {f"figures/{name}": data for name, data in drawn.items()}
    return files


def _listed(loaded: Loaded, *, is_json: bool) -> str:
    titles = pictures.figure_titles(loaded.analysis)
    if is_json:
        return document({"experiment": loaded.id, "formats": list(Format), "figures": list(titles)})
    width = max(map(len, titles), default=0)
    figures = (f"figure   {name:<{width}}  {title}" for name, title in titles.items())
    return "\n".join([f"formats  {', '.join(Format)}", *figures, ""])


def _written(loaded: Loaded, files: Mapping[str, bytes], options: ExportOptions, into: Path) -> str:
    for folder in {(into / name).parent for name in files} - {into}:
        _refuse_link(folder)
    for name, data in files.items():
        path = into / name
        hint = "give another folder with --into"
        with os_error_as(StoreError, f"{path} cannot be written", hint):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
    left_out = _left_out(loaded, options.formats)
    if options.is_json:
        return document(
            {
                "experiment": loaded.id,
                "folder": str(into),
                "files": [{"name": name, "bytes": len(data)} for name, data in files.items()],
                "left_out": left_out,
            }
        )
    width = max(map(len, files), default=0)
    lines = [f"{name:<{width}}  {byte_size(len(data)):>8}" for name, data in files.items()]
    lines += [f"left out: {reason}" for reason in left_out]
    return "\n".join([*lines, f"Export: {into}", ""]).replace("\u00a0", " ")


def _left_out(loaded: Loaded, formats: tuple[Format, ...]) -> list[str]:
    """Return what is missing in the files, and why."""
    reasons = []
    failed = sum(failure.failed for failure in loaded.failures)
    if failed:
        cells = count(len(loaded.failures), "cell")
        reasons.append(f"{count(failed, 'process')} of {cells} that failed: the page says why")
    has_tables = Format.CSV in formats  # Parquet has the same
    if has_tables and not table_files.has_parquet() and Format.PARQUET not in formats:
        hint = table_files.how_to_get_parquet()
        reasons.append(f"Parquet: pyarrow is not installed here, {hint}")
    return reasons


def _shared(folder: Path, into: Path, options: ExportOptions) -> str:
    if options.is_host_shown:
        raise ConfigError("--results-copy leaves the host out: copy the folder itself instead")
    copy = shared_copy(experiment_folder.load(folder), into)
    if options.is_json:
        return document({"experiment": copy.name, "folder": str(copy)})
    return f"Copy without host, users and paths: {copy}\n"
