"""Files with the user's own workloads: found and read, never imported."""

from __future__ import annotations

import dataclasses
import fnmatch
import hashlib
import os
import re
import tokenize
from typing import TYPE_CHECKING

from harness.errors import ConfigError
from harness.planning.script_metadata import Needs, read_header

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["OwnFile", "find_files", "is_own"]

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII)
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_HINT = "give the path of a Python file (see docs/own_workloads.md), or of one with ::NAME"


@dataclasses.dataclass(frozen=True, kw_only=True)
class OwnFile:
    """A file with workloads, and the patterns that select some of them."""

    path: Path
    module: str
    """Its dotted name where the user gave one, else empty."""
    digest: str
    needs: Needs
    patterns: tuple[str, ...] = ("*",)

    @property
    def name(self) -> str:
        """Return the file name only; the folder is private."""
        return self.path.name

    def wants(self, workload: str) -> bool:
        """Return whether the user chose this workload."""
        return any(fnmatch.fnmatchcase(workload, pattern) for pattern in self.patterns)


def is_own(pattern: str) -> bool:
    """Return whether a value of ``--workload`` means a file and not a built-in workload."""
    head, chosen, _ = pattern.partition("::")
    has_folder = os.sep in head or "/" in head
    is_there = has_folder and os.path.exists(head)  # noqa: PTH110  # unlike Path, never raises
    return bool(chosen) or head.endswith(".py") or is_there or bool(_DOTTED.fullmatch(head))


def find_files(patterns: Iterable[str], folder: Path) -> tuple[OwnFile, ...]:
    """Return the files that ``patterns`` mean in ``folder``, each once; raises ConfigError."""
    files: dict[Path, OwnFile] = {}
    for pattern in patterns:
        file = _find_file(pattern, folder)
        if before := files.get(file.path):
            file = dataclasses.replace(file, patterns=(*before.patterns, *file.patterns))
        files[file.path] = file
    return tuple(files.values())


def _find_file(pattern: str, folder: Path) -> OwnFile:
    head, _, chosen = pattern.partition("::")
    # A name such as my.py is a file, even though it could be a module "py" of a package.
    is_module = bool(_MODULE.fullmatch(head)) and not head.endswith(".py")
    path = _find_module(head, folder) if is_module else folder / head
    try:
        if path.is_dir():
            raise ConfigError(f"--workload {head}: is a folder; {_HINT}")
        if path.suffix != ".py":
            raise ConfigError(f"--workload {head}: its name does not end with .py; {_HINT}")
        with tokenize.open(path) as file:  # in the encoding that it declares
            text = file.read()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except (OSError, ValueError, SyntaxError) as error:
        raise ConfigError(f"--workload {head}: {_complaint(error)}; {_HINT}") from error
    return OwnFile(
        path=path.absolute(),
        module=head if is_module else "",
        digest=digest,
        needs=read_header(text, path.name, path.absolute().parent),
        patterns=(chosen or "*",),
    )


def _complaint(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, OSError):
        return f"cannot be read ({error.strerror})"
    return f"is not a Python file ({error})"


def _find_module(dotted: str, folder: Path) -> Path:
    """Return the file of a module, found as Python would in ``folder`` or its ``src``."""
    parts = dotted.split(".")
    for root in (folder, folder / "src"):
        package = root.joinpath(*parts)
        for path in (package / "__init__.py", package.with_name(f"{parts[-1]}.py")):
            if path.is_file():
                return path
    raise ConfigError(
        f"--workload {dotted}: no module of this name in this folder or its src; {_HINT}"
    )
