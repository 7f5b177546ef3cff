"""The command line: options → one function → exit code."""

from __future__ import annotations

import io
import signal

import click

from harness.cli.aa import aa
from harness.cli.bench import bench
from harness.cli.compare import compare
from harness.cli.export import export
from harness.cli.interpreters import interpreters_
from harness.cli.options import examples
from harness.cli.python_settings import ignore_python_settings, leave
from harness.cli.report import report
from harness.cli.selfbench import selfbench
from harness.cli.streams import take_over
from harness.cli.validate import validate
from harness.cli.workload import workload
from harness.errors import INTERRUPTED, UNSHOWN, HarnessError, of_the_system
from harness.lifetime.signals import polite_exits
from harness.version import __version__
from harness.wording import printable

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
    # A parent may ignore Ctrl-C to leave it to this process, and a Python that inherits this would
    # ignore it too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ignore_python_settings()
    streams = take_over()
    code = _code(arguments)
    try:
        if streams is not None and not streams.settle():
            code = code or UNSHOWN
    except KeyboardInterrupt:  # the reader of the answer does not read
        code = code or INTERRUPTED
    leave(code)


def _code(arguments: list[str] | None) -> int:
    """Run the command line; return its exit code."""
    try:
        with polite_exits():
            return cli.main(args=arguments, prog_name="gilscope", standalone_mode=False) or 0
    except HarnessError as error:
        return _refused(error)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        click.echo(printable(shown.getvalue(), keep="\n"), nl=False, err=True)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo(
            "Stopped. Everything measured so far is kept: bench --resume continues.", err=True
        )
        return INTERRUPTED
    except SystemExit as ended:  # by a signal, while a program of another kind was running
        return ended.code if isinstance(ended.code, int) else 1
    except OSError as error:
        if (known := of_the_system(error)) is None:
            raise
        return _refused(known)


def _refused(error: HarnessError) -> int:
    click.echo(f"error: {error}", err=True)
    return error.exit_code
