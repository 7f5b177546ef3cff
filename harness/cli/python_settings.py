"""The settings of Python in the environment, kept from changing what the commands do."""

from __future__ import annotations

import os
import sys
import warnings
from typing import NoReturn

__all__ = ["ignore_python_settings", "leave"]


def ignore_python_settings() -> None:
    """Undo those variables of the environment that would change output or exit codes.

    What they ask for concerns the author of a program, and this is a program for its users.
    """
    if os.environ.get("PYTHONWARNINGS") or os.environ.get("PYTHONDEVMODE"):
        warnings.simplefilter("ignore")


def leave(code: int) -> NoReturn:
    """End with this exit code."""
    if os.environ.get("PYTHONINSPECT") and sys.flags.inspect:
        # Python would show sys.exit as a traceback, and go on with a prompt.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
