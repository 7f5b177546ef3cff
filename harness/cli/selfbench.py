"""``selfbench``: measure Gilscope itself."""

from __future__ import annotations

import click

from harness.cli.options import answer, examples, json_option

__all__ = ["selfbench"]


@click.command(
    epilog=examples(
        "gilscope selfbench",
        "gilscope selfbench --cells 100 --no-pages --json",
        "gilscope selfbench --resolution --interpreter 3.14t --turns 10",
    )
)
@click.option("--cells", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--blocks", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option(
    "--repetitions",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="How many times each loader is timed, in turn.",
)
@click.option(
    "--pages/--no-pages", "has_pages", default=True, show_default=True, help="Make pages too."
)
@click.option(
    "--resolution",
    "is_resolution",
    is_flag=True,
    help="Instead measure how long it takes until a true difference of 2 % is resolved, beside "
    "pyperf: about a minute a turn.",
)
@click.option("--interpreter", metavar="SPEC", default="3.14t", show_default=True)
@click.option("--turns", type=click.IntRange(3, 1000), default=8, show_default=True)
@json_option
def selfbench(  # noqa: PLR0913 - the options
    *,
    cells: int,
    blocks: int,
    repetitions: int,
    has_pages: bool,
    is_resolution: bool,
    interpreter: str,
    turns: int,
    is_json: bool,
) -> int:
    """Measure how fast Gilscope itself loads, analyses and makes a page: for its developers.

    Loads and analyses a made-up experiment of 5 values per run, and loads the same runs with
    pyperf. Then makes its page, and the page of an experiment as bench plans it by default. The
    exit code does not depend on the times.
    """
    from harness.commands import selfbench as steps

    if is_resolution:
        from harness.commands.selfbench_resolution import resolution

        text = resolution(interpreter=interpreter, turns=turns, is_json=is_json)
        answer(text, is_json=is_json)
        return 0

    text = steps.selfbench(
        cells=cells,
        blocks=blocks,
        repetitions=repetitions,
        has_pages=has_pages,
        is_json=is_json,
    )
    answer(text, is_json=is_json)
    return 0
