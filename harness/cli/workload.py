"""``workload``: write a workload of your own, and check it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.options import (
    answer,
    bench_options,
    examples,
    interpreter_option,
    json_option,
)
from harness.errors import WorkerError
from harness.invocation import to_type

if TYPE_CHECKING:
    from harness.planning.bench_options import BenchOptions

__all__ = ["workload"]


@click.group(epilog=examples("gilscope workload new my_sum", "gilscope workload check my_sum.py"))
def workload() -> None:
    """Write workloads of your own: create a file, check that it can be measured."""


@workload.command(name="new", epilog=examples("gilscope workload new my_sum"))
@click.argument("name")
def workload_new(*, name: str) -> int:
    """Write NAME.py with an example to change."""
    from harness.commands import workload_new as steps

    path = steps.new(name, Path.cwd())
    answer(f"{path.name} is written. Try it: {to_type('workload', 'check', path.name)}\n")
    return 0


@workload.command(
    name="check",
    epilog=examples(
        "gilscope workload check my_sum.py",
        "gilscope workload check my_sum.py::NAME --interpreter 3.14t",
    ),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@interpreter_option("As for bench.")
@click.option("--timeout", metavar="S", help="Time limit of a worker, in seconds. Default: 60.")
@json_option
@bench_options
def workload_check(*, files: tuple[str, ...], options: BenchOptions, is_json: bool) -> int:
    """Run each workload of FILE in each mode at 1, 2 and 4 threads, with every interpreter.

    FILE is as for bench --workload. Exit code 5 if something is wrong.
    """
    from harness.commands import workload_check as steps

    text, is_good = steps.check(files, options, is_json=is_json)
    answer(text, is_json=is_json)
    return 0 if is_good else WorkerError.exit_code
