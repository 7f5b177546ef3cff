"""The state of the GIL: read it, check it, and name the import that turned it on."""

from __future__ import annotations

import re
import sys
import sysconfig
import warnings
from typing import Optional

__all__ = ["GilStateError", "check", "is_enabled", "is_free_threaded_build", "watch"]

_culprits: list[str] = []


class GilStateError(Exception):
    """The GIL is not in the state that the variant promises."""


def is_enabled() -> bool:
    """Return whether the GIL is on now; interpreters that cannot tell always have it on."""
    probe = getattr(sys, "_is_gil_enabled", None)
    return True if probe is None else bool(probe())


def is_free_threaded_build() -> bool:
    """Return whether the build can run without the GIL (``Py_GIL_DISABLED``)."""
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def watch() -> None:
    """Remember which import turns the GIL on: CPython says so in a RuntimeWarning."""
    shown = warnings.showwarning

    def remember(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: Optional[object] = None,
        line: Optional[str] = None,
    ) -> None:
        found = re.search(r"\(GIL\) has been enabled to load module '([^']+)'", str(message))
        if found:
            _culprits.append(found.group(1))
        shown(message, category, filename, lineno, file, line)  # type: ignore[arg-type]

    warnings.showwarning = remember


def check(*, expected: bool, when: str) -> None:
    """Raise GilStateError unless the GIL is on exactly when ``expected``."""
    actual = is_enabled()
    if actual == expected:
        return
    names = {True: "on", False: "off"}
    blame = f", turned on by importing {_culprits[-1]!r}" if actual and _culprits else ""
    raise GilStateError(
        f"the GIL is {names[actual]} {when} the work, but this variant promises it "
        f"{names[expected]}{blame}"
    )
