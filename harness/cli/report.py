"""``report``: make the page of a stored experiment again, or serve the pages."""

from __future__ import annotations

import functools

import click

from harness.cli.options import (
    Output,
    answer,
    examples,
    output_options,
    show,
    shown_anyway,
    tell,
)
from harness.errors import ConfigError, StoreError

__all__ = ["report"]


@click.command(
    epilog=examples(
        "gilscope report --open", "gilscope report 20261123T0905", "gilscope report --serve"
    )
)
@click.argument("experiment", default="")
@click.option(
    "--serve",
    "is_served",
    is_flag=True,
    help="Serve the pages over HTTP, to this machine alone, until Ctrl-C.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Port for --serve. Default: 8000, or the next free one.",
)
@click.option(
    "--all",
    "is_all",
    is_flag=True,
    help="Make every page that is missing or older than its results, and the index.",
)
@output_options
def report(
    *, experiment: str, output: Output, is_all: bool, is_served: bool, port: int | None
) -> int:
    """Make the page of a stored EXPERIMENT again. Default: the newest.

    With --serve, a page is only made if you name its experiment or if it does not exist yet.
    """
    if is_served:
        return _serve(experiment, output, port=port, is_all=is_all)
    if port is not None:
        raise click.UsageError("--port is for serving: give it with --serve")
    if is_all and experiment:
        raise ConfigError(f"--all makes every page: leave out {experiment!r}")
    from harness.commands import index
    from harness.commands import report as steps
    from harness.storage import experiment_folder

    make = functools.partial(
        steps.report, reports=output.reports, is_host_shown=output.is_host_shown
    )
    if is_all:
        made = index.make_all(
            output.results,
            output.reports,
            make=functools.partial(make, is_json=False),
            is_json=output.is_json,
        )
        show(made, is_opened=output.is_opened, is_json=output.is_json)
        if made.failure:
            raise StoreError(made.failure)
        return 0
    folder = experiment_folder.choose(output.results, experiment)
    with index.index_kept(output.reports, output.results, tell=tell):
        with shown_anyway(output, is_opened=output.is_opened):
            made = make(folder, is_json=output.is_json)
        show(made, is_opened=output.is_opened, is_json=output.is_json)
    return 0


def _serve(experiment: str, output: Output, *, port: int | None, is_all: bool) -> int:
    from harness.commands.serve import serve_reports

    refused = {"all": is_all, "json": output.is_json, "include-host": output.is_host_shown}
    given = [f"--{name}" for name, is_given in refused.items() if is_given]
    if given:
        raise click.UsageError(f"--serve shows pages as they are: leave out {', '.join(given)}")
    serve_reports(
        experiment,
        results=output.results,
        reports=output.reports,
        port=port,
        is_opened=output.is_opened,
        say=lambda line: answer(f"{line}\n"),
    )
    return 0
