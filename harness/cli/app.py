"""The command line: options → one function → exit code."""

from __future__ import annotations

import signal
import sys

import click

from harness.cli.aa import aa
from harness.cli.bench import bench
from harness.cli.compare import compare
from harness.cli.export import export
from harness.cli.interpreters import interpreters_
from harness.cli.options import examples
from harness.cli.report import report
from harness.cli.selfbench import selfbench
from harness.cli.validate import validate
from harness.cli.workload import workload
from harness.errors import INTERRUPTED, HarnessError
from harness.version import __version__

__all__ = ["cli", "main"]


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples("gilscope bench --fast", "gilscope report --open", "gilscope bench --help"),
    commands=[bench, aa, report, compare, export, interpreters_, workload, validate, selfbench],
)
@click.version_option(__version__, prog_name="gilscope")
def cli() -> None:
    """Measure how Python code scales with threads, with and without the GIL."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    # The parent may ignore Ctrl-C to leave it to this process (the noxfile does), and a Python
    # that inherits this would ignore it too.
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
        click.echo(
            "Stopped. Everything measured so far is kept: bench --resume continues.", err=True
        )
        sys.exit(INTERRUPTED)
