"""``export``: a stored experiment for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import answer, examples, folder_options, host_option, json_option

__all__ = ["export"]


@click.command(
    epilog=examples(
        "gilscope export",
        "gilscope export --csv --into tables",
        "gilscope export --figures 'speedup*' --format svg",
        "gilscope export --markdown --stdout",
    )
)
@click.argument("experiment", default="")
@click.option("--pyperf", is_flag=True, help="A pyperf suite for each variant.")
@click.option("--csv", is_flag=True, help="Values, estimates and splits as CSV.")
@click.option("--parquet", is_flag=True, help="The same as Parquet.")
@click.option("--markdown", is_flag=True, help="A summary for a pull request.")
@click.option("--action-json", is_flag=True, help="For github-action-benchmark.")
@click.option(
    "--figures",
    is_flag=False,
    flag_value="*",
    multiple=True,
    metavar="[NAME|GLOB]",
    help="Figures of the page; --list names them. Repeatable. Default: all.",
)
@click.option(
    "--format",
    "figure_formats",
    default="",
    metavar="svg,png",
    help="Of the figures. Default: both.",
)
@click.option(
    "--theme",
    type=click.Choice(("light", "dark")),
    default="light",
    help="Colours of PNG files; an SVG adapts to its surroundings.",
)
@click.option("--transparent", "is_transparent", is_flag=True, help="PNG without a background.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Where to write. Default: reports/<id>/export.",
)
@click.option("--stdout", "is_printed", is_flag=True, help="Print the one text instead.")
@click.option(
    "--results-copy",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Instead: copy the raw data into FOLDER/<id>, without host, users and paths.",
)
@click.option("--list", "is_listed", is_flag=True, help="Show what can be exported.")
@json_option
@host_option
@folder_options
def export(*, experiment: str, results: Path, reports: Path, **values: Any) -> int:  # noqa: ANN401 - click's
    """Write a stored EXPERIMENT for other programs. Default: the newest, in every data format."""
    from harness.commands import export as steps

    formats = tuple(name for name in steps.Format if values.pop(name.replace("-", "_")))
    options = steps.ExportOptions(formats=formats, **values)
    text = steps.export(experiment, options, results=results, reports=reports)
    # What is printed instead of written is a file, and stays as it is.
    answer(text, is_json=options.is_json or options.is_printed)
    return 0
