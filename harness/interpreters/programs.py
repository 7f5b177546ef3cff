"""Run other programs for their answers; a failure to run one is an error for the user."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.subprocesses import Completed, capture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["run_program"]


def run_program(
    command: Sequence[str],
    *,
    timeout_s: float,
    env: Mapping[str, str],
    name: str = "",
    hint: str = "",
) -> Completed:
    """Run a program, ``name`` in messages; raise ``InterpreterError`` unless it runs and ends."""
    name = name or Path(command[0]).name
    try:
        return capture(command, timeout_s=timeout_s, env=env)
    except subprocess.TimeoutExpired:
        raise InterpreterError(f"{name} did not answer within {timeout_s:g} s{hint}") from None
    except OSError as error:
        raise InterpreterError(f"{name} cannot be run ({error.strerror}){hint}") from None
