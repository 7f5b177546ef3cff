"""Options that several commands have, and what all of them do with what they made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.running.browser import open_page

if TYPE_CHECKING:
    from harness.commands.bench import Reported
    from harness.commands.compare import Made
    from harness.commands.index import AllMade

__all__ = ["folder_options", "optimized_option", "serving_options", "show", "tell", "with_folders"]

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
)
_answers = (
    click.option(
        "--open", "is_opened", is_flag=True, help="Open the page as soon as there is one."
    ),
    click.option(
        "--json", "is_json", is_flag=True, help="Print one JSON document instead of the summary."
    ),
    click.option(
        "--include-host",
        "is_host_shown",
        is_flag=True,
        help="Let the page name this computer, its users and real paths.",
    ),
)


optimized_option = click.option(
    "--optimized",
    is_flag=False,
    flag_value="pgo",
    default=None,
    type=click.Choice(("pgo", "lto")),
    metavar="[pgo|lto]",
    help="Only CPython builds with PGO, or with PGO and LTO: for publishing. Built where they "
    "cannot be had (about 5 and 17 minutes each on two cores).",
)


def with_folders(command: Any) -> Any:  # noqa: ANN401 - click's own decorators are untyped
    """Give a command the folders, ``--open``, ``--json`` and ``--include-host``."""
    for option in reversed(_answers):
        command = option(command)
    return folder_options(command)


def folder_options(command: Any) -> Any:  # noqa: ANN401 - click's own decorators are untyped
    """Give a command ``--results`` and ``--reports``."""
    for option in reversed(_folders):
        command = option(command)
    return command


def serving_options(command: Any) -> Any:  # noqa: ANN401 - click's own decorators are untyped
    """Give a command ``--serve`` and ``--port``."""
    serve = click.option(
        "--serve",
        "is_served",
        is_flag=True,
        help="Serve the pages over HTTP, to this machine alone, until Ctrl-C.",
    )
    port = click.option(
        "--port",
        type=click.IntRange(0, 65535),
        metavar="N",
        help="Where to serve them. Default: 8000, or the next that is free.",
    )
    return serve(port(command))


def tell(words: str) -> None:
    """Print a line beside the answer."""
    click.echo(words, err=True)


def show(made: Reported | Made | AllMade, *, is_opened: bool) -> None:
    """Print the answer, and open its page where that is wanted and can be done."""
    click.echo(made.text, nl=False)
    if is_opened and (why_not := open_page(str(made.page))):
        click.echo(why_not, err=True)
