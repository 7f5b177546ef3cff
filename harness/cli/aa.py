"""``aa``: one interpreter against itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from harness.cli.bench import finish
from harness.cli.options import (
    Output,
    answer,
    bench_options,
    examples,
    interpreter_option,
    output_options,
    plan_options,
    workload_option,
)

if TYPE_CHECKING:
    from harness.planning.bench_options import BenchOptions

__all__ = ["aa"]


@click.command(
    epilog=examples("gilscope aa", "gilscope aa --interpreter 3.14t", "gilscope aa --forget")
)
@interpreter_option(
    "What to measure against itself. Default: the free-threaded one that bench measures.",
    metavar="SPEC",
)
@workload_option("As for bench. Default: the tag core, CPU-bound ones only.")
@click.option(
    "--forget",
    "is_forgotten",
    is_flag=True,
    help="Measure nothing: drop the noise floor that is stored for this machine.",
)
@plan_options
@output_options
@bench_options
def aa(*, options: BenchOptions, output: Output, is_forgotten: bool, dry_run: bool) -> int:
    """Measure one interpreter against itself, to see what differences this machine can resolve.

    Any difference it reports is due to chance. Later runs of bench on this machine use the noise
    found here as the smallest difference that matters, unless it comes from --fast, fewer than 5
    blocks or an experiment of grade D.
    """
    from harness.commands import aa as steps
    from harness.running.live_page import Pages

    if is_forgotten:
        answer(steps.forget(output.results, is_json=output.is_json), is_json=output.is_json)
        return 0
    if dry_run:
        answer(steps.describe_plan(options, is_json=output.is_json), is_json=output.is_json)
        return 0
    pages = Pages(reports=output.reports, is_opened=output.is_opened)
    return finish(steps.new_experiment(options, output.results, pages), output)
