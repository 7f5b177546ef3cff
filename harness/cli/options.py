"""Options that several commands have, and how their values reach a command, typed."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from harness.running.browser import open_page
from harness.terminal_width import fitted, terminal_width
from harness.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.commands.made import Made

    Command = Callable[..., int]
    Decorator = Callable[[Command], Command]

__all__ = [
    "Output",
    "answer",
    "bench_options",
    "examples",
    "folder_options",
    "host_option",
    "interpreter_option",
    "json_option",
    "optimized_option",
    "output_options",
    "plan_options",
    "show",
    "shown_anyway",
    "stacked",
    "tell",
    "workload_option",
]

_T = TypeVar("_T")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Output:
    """The folders of a command, and what it shows."""

    results: Path
    reports: Path
    is_opened: bool
    is_json: bool
    is_host_shown: bool


def examples(*lines: str) -> str:
    """Return the end of a command's help."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def stacked(*options: Callable[[_T], _T]) -> Callable[[_T], _T]:
    """Return one decorator for several options, shown in this order."""

    def decorate(command: _T) -> _T:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


json_option: Decorator = click.option(
    "--json", "is_json", is_flag=True, help="Print one JSON document instead of text."
)
host_option: Decorator = click.option(
    "--include-host",
    "is_host_shown",
    is_flag=True,
    help="Include the name of this computer, its users and real paths.",
)
folder_options: Decorator = stacked(
    click.option(
        "--results",
        type=click.Path(path_type=Path),
        default=Path("results"),
        show_default=True,
        help="Folder with the raw data.",
    ),
    click.option(
        "--reports",
        type=click.Path(path_type=Path),
        default=Path("reports"),
        show_default=True,
        help="Folder with the pages.",
    ),
)
optimized_option: Decorator = click.option(
    "--optimized",
    is_flag=False,
    flag_value="pgo",
    type=click.Choice(("pgo", "lto")),
    metavar="[pgo|lto]",
    help="Use only CPython builds with PGO, or with PGO and LTO, as for publishing. Builds them "
    "if there are none (about 5 and 17 minutes each on two cores).",
)
plan_options: Decorator = stacked(
    optimized_option,
    click.option(
        "--threads", metavar="1,2,4", help="Thread counts. Default: up to all CPUs, and 2×."
    ),
    click.option(
        "--fast",
        is_flag=True,
        help="3 blocks, no more threads than CPUs: two minutes, wide intervals.",
    ),
    click.option("--rigorous", is_flag=True, help="20 blocks of 40 rounds: for publishing."),
    click.option(
        "--blocks",
        metavar="N",
        help="Number of blocks. Default: 6, fewer where the answer is clear.",
    ),
    click.option(
        "--time-budget",
        metavar="TIME",
        help="Measure as many whole blocks as fit into this time, such as 10m, pilot included.",
    ),
    click.option(
        "--timeout",
        metavar="S",
        help="Time limit of a worker in seconds; more after a long pilot. Default: 60.",
    ),
    click.option(
        "--pin",
        metavar="cores|none",
        help="cores: each thread on a CPU of its own, where there are as many CPUs as threads. "
        "none: where the operating system puts them. Default: cores.",
    ),
    click.option("--seed", metavar="N", help="Seed of the order. Default: random, and recorded."),
    click.option("--label", metavar="TEXT", help="A name for this experiment."),
    click.option(
        "--dry-run", is_flag=True, help="Show the plan and its duration, measure nothing."
    ),
)


def interpreter_option(text: str, metavar: str = "[LABEL=]SPEC") -> Decorator:
    """Return ``--interpreter`` with this help."""
    return click.option("--interpreter", multiple=True, metavar=metavar, help=text)


def workload_option(text: str) -> Decorator:
    """Return ``--workload`` with this help."""
    return click.option("--workload", multiple=True, metavar="NAME|FILE", help=text)


def output_options(command: Command) -> Command:
    """Give a command folders, ``--open``, ``--json`` and ``--include-host`` as one ``output``."""

    @functools.wraps(command)
    def call(**values: Any) -> int:  # noqa: ANN401 - click's values, sorted here
        fields = {field.name: values.pop(field.name) for field in dataclasses.fields(Output)}
        return command(output=Output(**fields), **values)

    opened = click.option(
        "--open", "is_opened", is_flag=True, help="Open the page as soon as there is one."
    )
    return stacked(folder_options, opened, json_option, host_option)(call)


def bench_options(command: Command) -> Command:
    """Give a command all options that belong to ``BenchOptions`` as one ``options``."""

    @functools.wraps(command)
    def call(**values: object) -> int:
        from harness.planning.bench_options import from_command_line

        options, others = from_command_line(values)
        return command(options=options, **others)

    return call


def tell(words: str) -> None:
    """Print a line on standard error."""
    click.echo(fitted(_safe(words), terminal_width(sys.stderr)), err=True)


def answer(text: str, *, is_json: bool = False) -> None:
    """Print the answer on standard output; a document as it is, lines as wide as the terminal."""
    click.echo(text if is_json else fitted(_safe(text), terminal_width(sys.stdout)), nl=False)


def _safe(text: str) -> str:
    """Return a text without characters that a terminal would obey."""
    return printable(text, keep="\n\t\u00a0")


@contextlib.contextmanager
def shown_anyway(output: Output, *, is_opened: bool) -> Iterator[None]:
    """Show the page of an experiment in which every worker failed; the error goes on."""
    from harness.commands.report import NoResultError

    try:
        yield
    except NoResultError as error:
        show(error.made, is_opened=is_opened, is_json=output.is_json)
        raise


def show(made: Made, *, is_opened: bool, is_json: bool = False) -> None:
    """Print the answer, and open its page if that is requested and possible."""
    answer(made.text, is_json=is_json)
    if is_opened and (why_not := open_page(str(made.page))):
        tell(why_not)
