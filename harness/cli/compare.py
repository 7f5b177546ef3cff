"""``compare``: an experiment with an earlier one."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import Output, examples, output_options, show, tell
from harness.errors import RegressionError

__all__ = ["compare"]


@click.command(
    epilog=examples(
        "gilscope compare prev last",
        "gilscope compare OLD NEW --fail-if 'slower>5%' --markdown summary.md",
        "gilscope compare old.json new.json",
    )
)
@click.argument("old")
@click.argument("new")
@click.option(
    "--fail-if",
    multiple=True,
    metavar="CONDITION",
    help="Exit with code 10 if a cell is shown to be slower>5%, faster>5% or changed>5% (any "
    "number, at least --threshold). Repeatable.",
)
@click.option(
    "--threshold",
    metavar="PERCENT",
    help="Smallest difference that matters. Default: 2%, or the machine's noise if that is more.",
)
@click.option(
    "--anchor",
    metavar="LABEL",
    help="A build that is the same in both experiments; ratios are relative to it. Default: the "
    "baseline, or else the first such build.",
)
@click.option("--no-anchor", is_flag=True, help="Compare times, not ratios to an anchor.")
@click.option(
    "--run-to-run",
    metavar="PERCENT",
    help="Standard deviation between runs of the same thing on this machine, if you know it.",
)
@click.option(
    "--variant",
    "variants",
    multiple=True,
    metavar="LABEL|OLD=NEW",
    help="Compare only this variant, or one with another. Repeatable.",
)
@click.option(
    "--across-machines", "is_across", is_flag=True, help="Compare results of two machines."
)
@click.option(
    "--same-machine",
    "is_same_machine",
    is_flag=True,
    help="The two host names are one machine, renamed: remembered in the results folder.",
)
@click.option("--markdown", metavar="FILE", help="Also write a summary for a pull request.")
@output_options
def compare(*, old: str, new: str, output: Output, **values: Any) -> int:  # noqa: ANN401 - click's
    """Compare experiment NEW with experiment OLD, or two pyperf files.

    Each is an id, its beginning, last, prev, a folder, or a pyperf file (.json, .json.gz).
    """
    from harness.commands import compare as steps
    from harness.commands import index

    options = steps.CompareOptions(
        is_json=output.is_json, is_host_shown=output.is_host_shown, **values
    )
    with index.index_kept(output.reports, output.results, tell=tell):
        made = steps.make_comparison(
            (old, new), options, results=output.results, reports=output.reports
        )
        show(made, is_opened=output.is_opened, is_json=output.is_json)
    if made.failure:
        raise RegressionError(made.failure)
    return 0
