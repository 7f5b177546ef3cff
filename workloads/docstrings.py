"""The docstring of a function as it is written, where the interpreter leaves it out (``-OO``)."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any, Callable

__all__ = ["written_docstring"]


def written_docstring(function: Callable[..., Any]) -> str:
    """Return the docstring in the source of a function, empty without one."""
    try:
        source = textwrap.dedent(inspect.getsource(function))
        # Not ast.parse: from 3.13 on it leaves docstrings out too.
        tree: Any = compile(source, "<source>", "exec", ast.PyCF_ONLY_AST, optimize=0)
        written = tree.body[0]
    except (OSError, SyntaxError):
        return ""
    if isinstance(written, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return ast.get_docstring(written) or ""
    return ""
