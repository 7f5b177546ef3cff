"""Commands beside measuring and reporting: workloads of one's own, and Gilscope itself."""

from __future__ import annotations

from pathlib import Path

import click

from harness.errors import WorkerError
from harness.invocation import to_type

__all__ = ["EXTRAS"]


@click.group()
def workload() -> None:
    """Write workloads of your own: begin one, and check that it can be measured."""


@workload.command(name="new")
@click.argument("name")
def workload_new(*, name: str) -> int:
    """Write NAME.py with an example to change."""
    from harness.commands import workload_new as workload_template

    path = workload_template.new(name, Path.cwd())
    click.echo(f"{path.name} is written. Try it: {to_type('workload', 'check', path.name)}")
    return 0


@workload.command(name="check")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--interpreter", multiple=True, metavar="[LABEL=]SPEC", help="As for bench.")
@click.option("--timeout", metavar="S", help="Seconds a worker may take. Default: 60.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document instead.")
def workload_check(
    *, files: tuple[str, ...], interpreter: tuple[str, ...], timeout: str | None, is_json: bool
) -> int:
    """Run each workload of FILE in each mode at 1, 2 and 4 threads, under every interpreter.

    FILE is as for bench --workload. Exit code 5: something is wrong.
    """
    from harness.commands import workload_check as checking

    checked = checking.check(files, interpreter, timeout=timeout, is_json=is_json)
    click.echo(checked.text, nl=False)
    return 0 if checked.is_good else WorkerError.exit_code


@click.command()
@click.option(
    "--simulations",
    type=int,
    default=4000,
    show_default=True,
    metavar="N",
    help="Experiments for each row. Fewer than the default are shown, and not written.",
)
@click.option("--seed", type=int, default=1, show_default=True, metavar="N")
@click.option(
    "--page",
    type=click.Path(path_type=Path),
    default=Path("docs/methodology.md"),
    show_default=True,
    help="Where the tables stand, between two marks.",
)
@click.option("--check", "is_checked", is_flag=True, help="Write nothing; exit code 7 if it would.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document with every row.")
def validate(*, simulations: int, seed: int, page: Path, is_checked: bool, is_json: bool) -> int:
    """Try the estimators and verdicts on simulated experiments with known truth.

    Counts false positives, coverage and power, beside those of pyperf's own test, and writes the
    tables into the methodology. A few minutes on two cores.
    """
    from harness.commands import validate as validation

    text = validation.validate(
        page, simulations=simulations, seed=seed, is_checked=is_checked, is_json=is_json
    )
    click.echo(text, nl=False)
    return 0


@click.command()
@click.option("--cells", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--blocks", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option(
    "--repetitions",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="How often each loader has its turn.",
)
@click.option(
    "--pages/--no-pages",
    "has_pages",
    default=True,
    show_default=True,
    help="Whether pages are made too.",
)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document instead.")
def selfbench(*, cells: int, blocks: int, repetitions: int, has_pages: bool, is_json: bool) -> int:
    """Measure Gilscope itself, for its developers: how fast it loads, analyses, makes a page.

    A made-up experiment of 5 values per run is loaded and analysed, and the same runs are
    loaded with pyperf. Then its page is made, and that of an experiment as bench plans it by
    itself. The exit code says nothing about the figures.
    """
    from harness.commands import selfbench as measuring

    found = measuring.selfbench(
        cells=cells,
        blocks=blocks,
        repetitions=repetitions,
        has_pages=has_pages,
        is_json=is_json,
    )
    click.echo(found, nl=False)
    return 0


EXTRAS: tuple[click.Command, ...] = (workload, validate, selfbench)
