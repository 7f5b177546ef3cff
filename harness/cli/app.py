"""Options → one function → exit code. Everything heavy is imported when it is needed."""

from __future__ import annotations

import signal
import sys

import click

from harness.cli.extras import EXTRAS
from harness.cli.measuring import MEASURING
from harness.cli.reading import READING
from harness.errors import INTERRUPTED, HarnessError
from harness.version import __version__

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="gilscope")
def cli() -> None:
    """Measure what the GIL does to code, under several Python builds, as threads are added."""


for _command in (*MEASURING, *READING, *EXTRAS):
    cli.add_command(_command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    # Whoever started us may ignore Ctrl-C to leave it to us (the noxfile does), and a
    # Python that inherits this would ignore it too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        sys.exit(cli.main(args=arguments, prog_name="gilscope", standalone_mode=False) or 0)
    except HarnessError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped. What was measured is kept: bench --resume goes on with it.", err=True)
        sys.exit(INTERRUPTED)
