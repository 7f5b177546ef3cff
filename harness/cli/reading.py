"""The commands that measure nothing: what is made of results, and of interpreters."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.options import (
    folder_options,
    optimized_option,
    serving_options,
    show,
    tell,
    with_folders,
)
from harness.errors import ConfigError, RegressionError, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["READING"]


@click.command()
@click.argument("experiment", default="")
@serving_options
@click.option(
    "--all",
    "is_all",
    is_flag=True,
    help="Make every page that is missing or older than its results, and the index.",
)
@with_folders
def report(  # noqa: PLR0913 - click gives each option by its name
    *,
    experiment: str,
    results: Path,
    reports: Path,
    is_all: bool,
    is_served: bool,
    port: int | None,
    is_opened: bool,
    is_json: bool,
    is_host_shown: bool,
) -> int:
    """Make the page of a stored EXPERIMENT again. Default: the newest.

    With --serve it is only made where it is asked for by name, or where there is none yet.
    """
    from harness.commands import bench, index
    from harness.storage import experiment_folder

    if is_served:
        return _serve(
            experiment,
            results,
            reports,
            port=port,
            is_opened=is_opened,
            refused={"all": is_all, "json": is_json, "include-host": is_host_shown},
        )
    if port is not None:
        raise click.UsageError("--port says where to serve: give it with --serve")
    if is_all:
        if experiment:
            raise ConfigError(f"--all makes every page: leave out {experiment!r}")
        make = functools.partial(
            bench.report, reports=reports, is_json=False, is_host_shown=is_host_shown
        )
        every = index.make_all(results, reports, make=make, is_json=is_json)
        show(every, is_opened=is_opened)
        if every.failure:
            raise StoreError(every.failure)
        return 0
    folder = experiment_folder.choose(results, experiment)
    with index.index_kept(reports, results, tell=tell):
        one = bench.report(folder, reports, is_json=is_json, is_host_shown=is_host_shown)
        show(one, is_opened=is_opened)
    return 0


def _serve(
    experiment: str,
    results: Path,
    reports: Path,
    *,
    port: int | None,
    is_opened: bool,
    refused: Mapping[str, bool],
) -> int:
    from harness.commands.serve import serve_reports

    given = [f"--{name}" for name, is_given in refused.items() if is_given]
    if given:
        raise click.UsageError(f"--serve shows pages as they are: leave out {', '.join(given)}")
    serve_reports(
        experiment, results=results, reports=reports, port=port, is_opened=is_opened, say=click.echo
    )
    return 0


@click.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "--fail-if",
    multiple=True,
    metavar="CONDITION",
    help="End with exit code 10 when a cell is shown to be slower>5%, faster>5% or changed>5% "
    "(any number). Repeatable.",
)
@click.option(
    "--threshold",
    metavar="PERCENT",
    help="What matters in practice. Default: 2%, or more where the machine's noise is more.",
)
@click.option(
    "--anchor",
    metavar="LABEL",
    help="The build, the same in both experiments, that ratios are formed to. Default: the "
    "baseline, else the first such build.",
)
@click.option("--no-anchor", is_flag=True, help="Compare times, not ratios to an anchor.")
@click.option(
    "--run-to-run",
    metavar="PERCENT",
    help="Standard deviation of runs of the same thing on this machine, where you know it.",
)
@click.option(
    "--variant",
    multiple=True,
    metavar="LABEL|OLD=NEW",
    help="Compare this variant only, or one with another. Repeatable.",
)
@click.option("--across-machines", is_flag=True, help="Compare what two machines measured.")
@click.option("--markdown", metavar="FILE", help="Write a summary for a pull request as well.")
@with_folders
def compare(
    *,
    old: str,
    new: str,
    results: Path,
    reports: Path,
    is_opened: bool,
    **options: Any,  # noqa: ANN401 - checked by comparing
) -> int:
    """Compare experiment NEW with experiment OLD, or two pyperf files.

    Each is an id, its beginning, a folder, or a pyperf file (.json, .json.gz).
    """
    from harness.commands import index
    from harness.commands.compare import make_comparison

    with index.index_kept(reports, results, tell=tell):
        made = make_comparison((old, new), options, results=results, reports=reports)
        show(made, is_opened=is_opened)
    if made.failure:
        raise RegressionError(made.failure)
    return 0


@click.command()
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
@click.option("--format", metavar="svg,png", help="Of figures. Default: both.")
@click.option(
    "--theme",
    type=click.Choice(("light", "dark")),
    default="light",
    help="Colours of PNG; an SVG follows what is around it.",
)
@click.option("--transparent", "is_transparent", is_flag=True, help="PNG without a ground.")
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
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document about it.")
@click.option(
    "--include-host",
    "is_host_shown",
    is_flag=True,
    help="Let the files name this computer, its users and real paths.",
)
@folder_options
def export(*, experiment: str, results: Path, reports: Path, **options: object) -> int:
    """Write a stored EXPERIMENT for other programs. Default: the newest, in every data format."""
    from harness.commands import export as exporting

    made = exporting.export(experiment, options, results=results, reports=reports)
    click.echo(made, nl=False)
    return 0


@click.command(name="interpreters")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document instead.")
@click.option(
    "--get",
    multiple=True,
    metavar="SPEC",
    help="Fetch or build it now, as bench would. Repeatable. 'default': what bench measures.",
)
@optimized_option
@click.option("--list-cache", is_flag=True, help="Show what was fetched and built, and its size.")
@click.option("--remove", multiple=True, metavar="ID", help="Remove it from the cache. Repeatable.")
@click.option(
    "--prune", type=float, metavar="DAYS", help="Remove what was not used for so many days."
)
@click.option(
    "--pack",
    nargs=2,
    metavar="ID FILE",
    help="Write one of the cache into FILE (.tar.xz); another machine takes it with "
    "--interpreter LABEL=FILE.",
)
def interpreters_(
    *,
    is_json: bool,
    optimized: str | None,
    **actions: Any,  # noqa: ANN401 - checked by inventory.act
) -> int:
    """Show every interpreter that is here, and how others could be had.

    IDs are those of --list-cache; their beginning is enough.
    """
    from harness.commands import interpreters

    click.echo(interpreters.act(actions, optimized=optimized, is_json=is_json), nl=False)
    return 0


READING: tuple[click.Command, ...] = (report, compare, export, interpreters_)
