"""``validate``: try the statistics on simulated experiments."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import answer, examples, json_option

__all__ = ["validate"]


@click.command(epilog=examples("gilscope validate --simulations 200", "gilscope validate --check"))
@click.option(
    "--simulations",
    type=int,
    default=4000,
    show_default=True,
    metavar="N",
    help="Experiments for each row. Fewer than the default are shown but not written.",
)
@click.option("--seed", type=int, default=1, show_default=True, metavar="N")
@click.option(
    "--page",
    type=click.Path(path_type=Path),
    default=Path("docs/methodology.md"),
    show_default=True,
    help="The page with the tables, between two marks.",
)
@click.option("--check", "is_checked", is_flag=True, help="Write nothing; exit code 7 if it would.")
@json_option
def validate(*, simulations: int, seed: int, page: Path, is_checked: bool, is_json: bool) -> int:
    """Try the estimators and verdicts on simulated experiments with known truth.

    Counts false positives, coverage and power, next to those of pyperf's own test, and writes
    the tables into the methodology. Takes a few minutes on two cores.
    """
    from harness.commands import validate as steps

    text = steps.validate(
        page, simulations=simulations, seed=seed, is_checked=is_checked, is_json=is_json
    )
    answer(text, is_json=is_json)
    return 0
