"""The state of CPython's JIT: read it and check it, as ``gil`` does for the lock.

Only CPython 3.14 and newer report it (``sys._jit``); PyPy's JIT has no such switch.
"""

from __future__ import annotations

import sys
from typing import Optional

__all__ = ["JitStateError", "check", "is_enabled"]


class JitStateError(Exception):
    """The JIT is not in the state that the variant promises."""


def is_enabled() -> Optional[bool]:
    """Return whether the JIT is on now; ``None`` where the interpreter cannot tell."""
    jit = getattr(sys, "_jit", None)
    return None if jit is None else bool(jit.is_available() and jit.is_enabled())


def check(*, expected: bool, when: str) -> None:
    """Raise JitStateError unless the JIT is on exactly when ``expected``."""
    actual = is_enabled()
    if actual == expected:
        return
    names = {True: "on", False: "off", None: "unknown to this interpreter"}
    raise JitStateError(
        f"the JIT is {names[actual]} {when} the work, but this variant promises it "
        f"{names[expected]}"
    )
