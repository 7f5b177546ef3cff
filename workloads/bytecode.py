"""Compiled code with the constants that it has when it is read from a ``.pyc`` file.

Without the GIL, threads that use one object contend for its reference count. Constants of code
that comes from a ``.pyc`` file are immortal and have no such count, but those of code that this
process has compiled itself do: after an edit, or where no bytecode can be written, the 600 in
``x + 600`` would be shared.
"""

from __future__ import annotations

import marshal
from importlib.machinery import SourceFileLoader
from typing import Any

from workloads import gil

__all__ = ["load_as_from_file"]

_compile = SourceFileLoader.source_to_code


def load_as_from_file() -> None:
    """From now on, import each module as if its bytecode had already been cached."""
    if not gil.is_enabled():
        SourceFileLoader.source_to_code = _as_from_file  # type: ignore[assignment,method-assign]


def _as_from_file(self: SourceFileLoader, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
    return marshal.loads(marshal.dumps(_compile(self, *arguments, **options)))  # noqa: S302 - our own
