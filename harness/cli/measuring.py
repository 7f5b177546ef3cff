"""The commands that measure: bench and aa."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from harness.cli.options import optimized_option, show, tell, with_folders
from harness.errors import INTERRUPTED
from harness.invocation import to_type

if TYPE_CHECKING:
    from pathlib import Path

    from harness.commands.bench import Finished

__all__ = ["MEASURING", "end"]


@click.command()
@click.option(
    "--interpreter",
    multiple=True,
    metavar="[LABEL=]SPEC",
    help="What to measure: 3.14, 3.14t, 3.14t+gil, 3.15+jit, pypy3.11, a path, a packed file, "
    "git:REVISION[@REPOSITORY] or src:TARBALL, with ?flags=…&cc=…&env=NAME=VALUE behind it. "
    "Repeatable. Default: the newest CPython with and without the GIL, the latter also with its "
    "GIL on, and PyPy.",
)
@optimized_option
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
@with_folders
def bench(  # noqa: PLR0913 - click gives each option by its name
    *,
    resume: str | None,
    is_listed: bool,
    dry_run: bool,
    results: Path,
    reports: Path,
    is_opened: bool,
    is_json: bool,
    is_host_shown: bool,
    **options: Any,  # noqa: ANN401 - checked by config.resolve
) -> int:
    """Find interpreters, measure them, write a report.

    An interrupted run loses nothing: Ctrl-C once ends after the current job and reports,
    twice stops at once, --resume goes on.
    """
    from harness.commands import bench as steps
    from harness.commands import list_workloads
    from harness.running import live_page

    if is_listed:
        click.echo(list_workloads.list_workloads(options["workload"], is_json=is_json), nl=False)
        return 0
    pages = live_page.Pages(reports=reports, is_opened=is_opened)
    if resume is not None:
        files = steps.refuse_with_resume({**options, "dry-run": dry_run})
        finished = steps.resume_experiment(results, resume, files, pages=pages)
    elif dry_run:
        click.echo(steps.describe_plan(options, is_json=is_json), nl=False)
        return 0
    else:
        finished = steps.new_experiment(options, results, pages)
    shown = {"is_json": is_json, "is_host_shown": is_host_shown}
    return end(finished, reports, shown, is_opened=is_opened)


@click.command()
@click.option(
    "--interpreter",
    multiple=True,
    metavar="SPEC",
    help="What to measure against itself. Default: the free-threaded one that bench measures.",
)
@optimized_option
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
@with_folders
def aa(
    *,
    dry_run: bool,
    results: Path,
    reports: Path,
    is_opened: bool,
    is_json: bool,
    is_host_shown: bool,
    **options: Any,  # noqa: ANN401 - checked by config.resolve
) -> int:
    """Measure one interpreter against itself, to see what difference this machine can resolve.

    Whatever is called different is so by chance. Later runs of bench on this machine take the
    noise found here as the smallest difference that matters.
    """
    from harness.commands import aa as steps
    from harness.running import live_page

    if dry_run:
        click.echo(steps.describe_plan(options, is_json=is_json), nl=False)
        return 0
    pages = live_page.Pages(reports=reports, is_opened=is_opened)
    finished = steps.new_experiment(options, results, pages)
    shown = {"is_json": is_json, "is_host_shown": is_host_shown}
    return end(finished, reports, shown, is_opened=is_opened)


def end(finished: Finished, reports: Path, shown: dict[str, bool], *, is_opened: bool) -> int:
    """Report what was measured, finished or not."""
    from harness.commands import bench, index

    with index.index_kept(reports, finished.folder.parent, tell=tell):
        made = bench.report(finished.folder, reports, is_new=True, **shown)
        show(made, is_opened=is_opened and not finished.is_opened)
    if finished.bug is not None:
        raise finished.bug
    if finished.is_complete:
        return 0
    again = to_type("bench", "--resume", finished.folder.name)
    click.echo(f"Unfinished: go on with {again}", err=True)
    return INTERRUPTED


MEASURING: tuple[click.Command, ...] = (bench, aa)
