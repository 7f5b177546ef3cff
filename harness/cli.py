"""Options → one function → exit code. Everything heavy is imported when it is needed.

Place in the flow: the top. Catches ``HarnessError`` only, and is alone in exiting.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import harness
from harness.cli_extras import EXTRAS
from harness.errors import INTERRUPTED, ConfigError, HarnessError, RegressionError, StoreError

if TYPE_CHECKING:
    from harness.bench import Finished, Reported
    from harness.comparing import Made
    from harness.overview import AllMade

__all__ = ["main"]

_folders = (
    click.option(
        "--results",
        type=click.Path(path_type=Path),
        default=Path("results"),
        show_default=True,
        help="Folder of the raw data.",
    ),
    click.option(
        "--reports",
        type=click.Path(path_type=Path),
        default=Path("reports"),
        show_default=True,
        help="Folder of the pages.",
    ),
    click.option("--open", "is_opened", is_flag=True, help="Open the page when it is made."),
    click.option(
        "--json", "is_json", is_flag=True, help="Print one JSON document instead of the summary."
    ),
)


_optimized = click.option(
    "--optimized",
    is_flag=False,
    flag_value="pgo",
    default=None,
    type=click.Choice(("pgo", "lto")),
    metavar="[pgo|lto]",
    help="Only CPython builds with PGO, or with PGO and LTO: for publishing. Built where they "
    "cannot be had (about 5 and 17 minutes each on two cores).",
)


def _with_folders(command: Any) -> Any:  # noqa: ANN401 - click's own decorators are untyped
    for option in reversed(_folders):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(harness.__version__, prog_name="gilscope")
def cli() -> None:
    """Measure what the GIL does to code, under several Python builds, as threads are added."""


@cli.command()
@click.option(
    "--interpreter",
    multiple=True,
    metavar="[LABEL=]SPEC",
    help="What to measure: 3.14, 3.14t, 3.14t+gil, 3.15+jit, pypy3.11, a path, a packed file, "
    "git:REVISION[@REPOSITORY] or src:TARBALL, with ?flags=…&cc=…&env=NAME=VALUE behind it. "
    "Repeatable. Default: the newest CPython with and without the GIL, the latter also with its "
    "GIL on, and PyPy.",
)
@_optimized
@click.option("--baseline", metavar="LABEL", help="Compare with this one. Default: the first.")
@click.option(
    "--workload",
    multiple=True,
    metavar="NAME|FILE",
    help="A workload, a glob or a tag, or a file of your own: my.py, my.py::NAME, package.module. "
    "Repeatable. Default: those tagged core.",
)
@click.option("--threads", metavar="1,2,4", help="Thread counts. Default: up to all CPUs, and 2×.")
@click.option("--mode", metavar="MODE,…", help="threads, serial, processes. Default: all that fit.")
@click.option("--fast", is_flag=True, help="5 blocks: minutes, wide intervals.")
@click.option("--rigorous", is_flag=True, help="20 blocks of 5 values: for publishing.")
@click.option("--blocks", metavar="N", help="Number of blocks. Default: 10.")
@click.option(
    "--time-budget",
    metavar="TIME",
    help="Measure as many whole blocks as end within this time, such as 10m, pilot included.",
)
@click.option(
    "--precision",
    metavar="SHARE",
    help="Measure blocks until every headline interval is within this of its point, such as 2%; "
    "at most 5 times the usual number.",
)
@click.option("--timeout", metavar="S", help="Seconds a worker may always take. Default: 60.")
@click.option("--seed", metavar="N", help="Seed of the order. Default: drawn, and recorded.")
@click.option("--label", metavar="TEXT", help="A name for this experiment.")
@click.option(
    "--memory",
    is_flag=True,
    help="Measure how much memory each cell takes as well, afterwards, in a pass of its own.",
)
@click.option(
    "--switch-interval",
    metavar="TIME",
    help="After how long a waiting thread asks for the GIL, such as 500us. Default: the "
    "interpreter's own, 5ms in CPython.",
)
@click.option(
    "--folder",
    metavar="PATH",
    help="Where file_io writes: what is measured is the disk below it. Default: the temporary "
    "folder.",
)
@click.option(
    "--resume",
    is_flag=False,
    flag_value="",
    default=None,
    metavar="[ID]",
    help="Go on with an experiment that was interrupted. Default: the newest.",
)
@click.option("--list", "is_listed", is_flag=True, help="Show every workload, one line each.")
@click.option("--dry-run", is_flag=True, help="Show the plan and its duration, measure nothing.")
@_with_folders
def bench(  # noqa: PLR0913 - click gives each option by its name
    *,
    resume: str | None,
    is_listed: bool,
    dry_run: bool,
    results: Path,
    reports: Path,
    is_opened: bool,
    is_json: bool,
    **options: Any,  # noqa: ANN401 - checked by config.resolve
) -> int:
    """Find interpreters, measure them, write a report.

    An interrupted run loses nothing: Ctrl-C once ends after the current job and reports,
    twice stops at once, --resume goes on.
    """
    from harness import bench as steps
    from harness import listing

    if is_listed:
        click.echo(listing.list_workloads(options["workload"], is_json=is_json), nl=False)
        return 0
    if resume is not None:
        files = steps.refuse_with_resume({**options, "dry-run": dry_run})
        finished = steps.resume_experiment(results, resume, files)
    elif dry_run:
        click.echo(steps.describe_plan(options, is_json=is_json), nl=False)
        return 0
    else:
        finished = steps.new_experiment(options, results)
    return _end(finished, reports, is_json=is_json, is_opened=is_opened)


@cli.command()
@click.option(
    "--interpreter",
    multiple=True,
    metavar="SPEC",
    help="What to measure against itself. Default: the free-threaded one that bench measures.",
)
@_optimized
@click.option(
    "--workload", multiple=True, metavar="NAME|FILE", help="As for bench. Default: core, computing."
)
@click.option("--threads", metavar="1,2,4", help="Thread counts. Default: up to all CPUs, and 2×.")
@click.option("--fast", is_flag=True, help="5 blocks.")
@click.option("--rigorous", is_flag=True, help="20 blocks of 5 values.")
@click.option("--blocks", metavar="N", help="Number of blocks. Default: 10.")
@click.option("--time-budget", metavar="TIME", help="As many whole blocks as end within this time.")
@click.option("--timeout", metavar="S", help="Seconds a worker may always take. Default: 60.")
@click.option("--seed", metavar="N", help="Seed of the order. Default: drawn, and recorded.")
@click.option("--label", metavar="TEXT", help="A name for this experiment.")
@click.option("--dry-run", is_flag=True, help="Show the plan and its duration, measure nothing.")
@_with_folders
def aa(
    *,
    dry_run: bool,
    results: Path,
    reports: Path,
    is_opened: bool,
    is_json: bool,
    **options: Any,  # noqa: ANN401 - checked by config.resolve
) -> int:
    """Measure one interpreter against itself, to see what difference this machine can resolve.

    Whatever is called different is so by chance. Later runs of bench on this machine take the
    noise found here as the smallest difference that matters.
    """
    from harness import aa as steps

    if dry_run:
        click.echo(steps.describe_plan(options, is_json=is_json), nl=False)
        return 0
    finished = steps.new_experiment(options, results)
    return _end(finished, reports, is_json=is_json, is_opened=is_opened)


@cli.command()
@click.argument("experiment", default="")
@click.option(
    "--all",
    "is_all",
    is_flag=True,
    help="Make every page that is missing or older than its results, and the index.",
)
@_with_folders
def report(
    *, experiment: str, is_all: bool, results: Path, reports: Path, is_opened: bool, is_json: bool
) -> int:
    """Make the page of a stored EXPERIMENT again. Default: the newest."""
    from harness import bench as steps
    from harness import overview

    if is_all:
        if experiment:
            raise ConfigError(f"--all makes every page: leave out {experiment!r}")
        made = overview.make_all(
            results,
            reports,
            make=lambda folder: steps.report(folder, reports, is_json=False),
            is_json=is_json,
        )
        _show(made, is_opened=is_opened)
        if made.failure:
            raise StoreError(made.failure)
        return 0
    folder = steps.choose(results, experiment)
    with overview.index_kept(reports, results, tell=_tell):
        _show(steps.report(folder, reports, is_json=is_json), is_opened=is_opened)
    return 0


@cli.command(name="interpreters")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document instead.")
@click.option(
    "--get",
    multiple=True,
    metavar="SPEC",
    help="Fetch or build it now, as bench would. Repeatable. 'default': what bench measures.",
)
@_optimized
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
    from harness import inventory

    click.echo(inventory.act(actions, optimized=optimized, is_json=is_json), nl=False)
    return 0


@cli.command()
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
@_with_folders
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
    from harness import overview
    from harness.comparing import make_comparison

    with overview.index_kept(reports, results, tell=_tell):
        made = make_comparison((old, new), options, results=results, reports=reports)
        _show(made, is_opened=is_opened)
    if made.failure:
        raise RegressionError(made.failure)
    return 0


for _command in EXTRAS:
    cli.add_command(_command)


def _end(finished: Finished, reports: Path, *, is_json: bool, is_opened: bool) -> int:
    """Report what was measured, finished or not."""
    from harness import bench, overview

    with overview.index_kept(reports, finished.folder.parent, tell=_tell):
        made = bench.report(finished.folder, reports, is_json=is_json, is_new=True)
        _show(made, is_opened=is_opened)
    if finished.is_complete:
        return 0
    again = f"nox -s bench -- --resume {finished.folder.name}"
    click.echo(f"Unfinished: go on with {again}", err=True)
    return INTERRUPTED


def _tell(words: str) -> None:
    click.echo(words, err=True)


def _show(made: Reported | Made | AllMade, *, is_opened: bool) -> None:
    click.echo(made.text, nl=False)
    if is_opened:
        click.launch(str(made.page))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    # Whoever started us may ignore Ctrl-C to leave it to us (the noxfile does), and a
    # Python that inherits this would ignore it too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.exit(cli.main(args=arguments, prog_name="gilscope", standalone_mode=False) or 0)
    except HarnessError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped. What was measured is kept: bench --resume goes on with it.", err=True)
        sys.exit(INTERRUPTED)
