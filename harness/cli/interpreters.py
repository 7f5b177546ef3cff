"""``interpreters``: which are here, which could be fetched or built, and the cache of them."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import answer, examples, json_option, optimized_option
from harness.errors import ConfigError

__all__ = ["interpreters_"]


@click.command(
    name="interpreters",
    epilog=examples(
        "gilscope interpreters",
        "gilscope interpreters --get 3.14t",
        "gilscope interpreters --prune 30",
    ),
)
@json_option
@click.option(
    "--get",
    multiple=True,
    metavar="SPEC",
    help="Fetch or build it now, as bench would. Repeatable. 'default': what bench measures.",
)
@optimized_option
@click.option("--list-cache", is_flag=True, help="Show what was fetched and built, and its size.")
@click.option("--remove", multiple=True, metavar="ID", help="Remove it from the cache. Repeatable.")
@click.option("--prune", type=float, metavar="DAYS", help="Remove what was not used for DAYS days.")
@click.option(
    "--pack",
    nargs=2,
    type=click.Path(),
    metavar="ID FILE",
    help="Write one of the cache into FILE (.tar.xz); another machine takes it with "
    "--interpreter LABEL=FILE.",
)
def interpreters_(  # noqa: PLR0913 - click gives each option by its name
    *,
    is_json: bool,
    get: tuple[str, ...],
    optimized: str | None,
    list_cache: bool,
    remove: tuple[str, ...],
    prune: float | None,
    pack: tuple[str, str] | None,
) -> int:
    """Show every interpreter on this machine, and how to get others.

    IDs are those of --list-cache; their beginning is enough.
    """
    actions = {
        "--get": bool(get),
        "--list-cache": list_cache,
        "--pack": pack is not None,
        "--prune": prune is not None,  # 0 days is a value
        "--remove": bool(remove),
    }
    given = [name for name, is_given in actions.items() if is_given]
    if len(given) > 1:
        raise ConfigError(f"{', '.join(given)}: give one of them")
    if optimized and not get:
        raise ConfigError("--optimized goes with --get here: --get default --optimized")
    from harness.commands import interpreters as steps

    if get:
        text = steps.get(get, optimized=optimized, is_json=is_json)
    elif list_cache:
        text = steps.list_cache(is_json=is_json)
    elif remove:
        text = steps.remove(remove, is_json=is_json)
    elif prune is not None:
        text = steps.prune(prune, is_json=is_json)
    elif pack is not None:
        text = steps.write_pack(pack[0], Path(pack[1]), is_json=is_json)
    else:
        text = steps.show(is_json=is_json)
    answer(text, is_json=is_json)
    return 0
