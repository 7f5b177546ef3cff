"""The state of the GIL: read it, check it, and name the import that turned it on."""

from __future__ import annotations

import importlib.machinery
import re
import sys
import sysconfig
from typing import Any, Optional

__all__ = [
    "GilStateError", "check", "is_enabled", "is_free_threaded_build", "module_that_turned_it_on",
    "read_turned_on", "turned_on", "watch",
]  # fmt: skip

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
    """Remember which extension module turns the GIL on while it is imported.

    CPython also says so in a warning, which a program may have turned off.
    """
    if is_enabled():
        return
    loader = importlib.machinery.ExtensionFileLoader
    create = loader.create_module

    def create_and_look(self: Any, spec: Any) -> Any:  # noqa: ANN401 - passed on
        was_on = is_enabled()
        try:
            return create(self, spec)
        finally:
            if is_enabled() and not was_on:
                _culprits.append(spec.name)

    loader.create_module = create_and_look  # type: ignore[method-assign]


def module_that_turned_it_on() -> str:
    """Return the module that did so first, or nothing."""
    return _culprits[0] if _culprits else ""


def turned_on(module: str) -> str:
    """Return the sentence that ``read_turned_on`` reads."""
    return f"importing {module!r} turned the GIL back on"


def read_turned_on(text: str) -> Optional[str]:
    """Return the module that turned the GIL back on according to a message; ``None`` if none did.

    The second form is that of earlier results.
    """
    found = re.search(
        r"importing '([^']+)' turned the GIL back on|turned on by importing '([^']+)'", text
    )
    return (found.group(1) or found.group(2)) if found else None


def check(*, expected: bool, when: str) -> None:
    """Raise GilStateError unless the GIL is on exactly when ``expected``."""
    actual = is_enabled()
    if actual == expected:
        return
    if actual and _culprits:
        raise GilStateError(turned_on(module_that_turned_it_on()))
    names = {True: "on", False: "off"}
    raise GilStateError(
        f"the GIL is {names[actual]} {when} the work, but this variant promises it "
        f"{names[expected]}"
    )
