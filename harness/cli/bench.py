"""``bench``: find interpreters, measure them, write a report."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from harness.cli.options import (
    Output,
    answer,
    bench_options,
    examples,
    interpreter_option,
    output_options,
    plan_options,
    show,
    shown_anyway,
    tell,
    workload_option,
)
from harness.errors import INTERRUPTED, HarnessError, StoreError, UnsavedError
from harness.invocation import to_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.commands.bench import Finished
    from harness.planning.bench_options import BenchOptions

__all__ = ["bench", "finish"]


@click.command(
    epilog=examples(
        "gilscope bench --fast",
        "gilscope bench --interpreter 3.14 --interpreter 3.14t --workload factorize --open",
        "gilscope bench --workload my.py --threads 1,2,4 --time-budget 10m",
        "gilscope bench --resume",
    )
)
@interpreter_option(
    "What to measure: 3.14, 3.14t, 3.14t+gil, 3.15+jit, pypy3.11, a path, a packed file, "
    "git:REVISION[@REPOSITORY] or src:TARBALL, followed by ?flags=…&cc=…&env=NAME=VALUE if "
    "needed. Repeatable. Default: the newest CPython with and without the GIL, the latter also "
    "with its GIL on, and PyPy."
)
@click.option("--baseline", metavar="LABEL", help="Compare with this one. Default: the first.")
@workload_option(
    "A workload, a glob or a tag, or a file of your own: my.py, my.py::NAME, package.module. "
    "Repeatable. Default: the tag core."
)
@click.option("--mode", metavar="MODE,…", help="threads, serial, processes. Default: all that fit.")
@plan_options
@click.option(
    "--precision",
    metavar="SHARE",
    help="Measure blocks until every headline interval is within this share of its point, such "
    "as 2%; at most 5 times the usual number.",
)
@click.option(
    "--memory",
    is_flag=True,
    help="Also measure how much memory each cell takes, in a separate pass at the end.",
)
@click.option(
    "--switch-interval",
    metavar="TIME",
    help="How long a thread waits before it asks for the GIL, such as 500us. Default: the "
    "interpreter's own, 5ms in CPython.",
)
@click.option(
    "--folder",
    metavar="PATH",
    help="Where file_io writes, to measure that disk. Default: the temporary folder.",
)
@click.option(
    "--resume",
    is_flag=False,
    flag_value="",
    default=None,
    metavar="[ID]",
    help="Continue an interrupted experiment. Default: the newest.",
)
@click.option("--list", "is_listed", is_flag=True, help="List all workloads.")
@output_options
@bench_options
def bench(
    *, options: BenchOptions, output: Output, resume: str | None, is_listed: bool, dry_run: bool
) -> int:
    """Find interpreters, measure them, write a report.

    An interrupted run loses nothing: Ctrl-C once ends after the current round and reports, twice
    stops at once, --resume continues.
    """
    from harness.commands import bench as steps
    from harness.commands import list_workloads
    from harness.commands.dry_run import describe_plan
    from harness.running.live_page import Pages

    if is_listed:
        patterns = options.workload or ()
        listed = list_workloads.list_workloads(patterns, is_json=output.is_json)
        answer(listed, is_json=output.is_json)
        return 0
    pages = Pages(reports=output.reports, is_opened=output.is_opened)
    if resume is not None:
        files = steps.refuse_with_resume(options, dry_run=dry_run)
        finished = steps.resume_experiment(output.results, resume, files, pages=pages)
    elif dry_run:
        answer(describe_plan(options, is_json=output.is_json), is_json=output.is_json)
        return 0
    else:
        finished = steps.new_experiment(options, output.results, pages)
    return finish(finished, output)


def finish(finished: Finished, output: Output) -> int:
    """Report a measurement, whether or not it is complete; return the exit code."""
    _report(finished, output)
    if finished.bug is not None:
        raise finished.bug
    if finished.is_complete:
        return 0
    _say_how_to_continue(finished)
    if finished.failure is not None:
        raise finished.failure
    return INTERRUPTED


def _say_how_to_continue(finished: Finished) -> None:
    if not isinstance(finished.failure, UnsavedError):  # which says so itself
        tell(f"Unfinished: continue with {to_type('bench', '--resume', finished.folder.name)}")


def _report(finished: Finished, output: Output) -> None:
    from harness.commands import index, report  # not before: they load pandas, SciPy, matplotlib

    results = finished.folder.parent
    with index.index_kept(output.reports, results, tell=tell), _failure_first(finished):
        with shown_anyway(output, is_opened=False):
            reported = report.report(
                finished.folder,
                output.reports,
                is_json=output.is_json,
                is_new=True,
                is_host_shown=output.is_host_shown,
            )
        is_opened = output.is_opened and not finished.is_opened
        show(reported, is_opened=is_opened, is_json=output.is_json)


@contextlib.contextmanager
def _failure_first(finished: Finished) -> Iterator[None]:
    """Say of a page that cannot be made that its measurements are kept.

    What ended measuring is the cause to be reported, where the page fails for it too.
    """
    try:
        yield
    except HarnessError as error:
        if finished.failure is not None:
            tell(f"The page was not made: {error}")
            _say_how_to_continue(finished)
            raise finished.failure from error
        if not isinstance(error, StoreError):
            raise
        again = to_type("report", f"{finished.folder.name} --reports FOLDER")
        raise StoreError(
            f"{str(error).rstrip('.')}; the measurements are in {finished.folder}: make the page "
            f"with {again}"
        ) from error
