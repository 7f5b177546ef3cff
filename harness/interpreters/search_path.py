"""The folders in which interpreters are installed, and the names of their files."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["NAME", "executables", "search_path", "without_shims"]

NAME = re.compile(
    r"(?P<implementation>python|pypy|graalpy)(?P<version>\d(\.\d+)*)?"
    # Debug and free-threaded builds: "t" upstream and Fedora, "-nogil" deadsnakes.
    r"(t|d|td|-nogil|-dbg)?(\.exe)?"
)
_VERSION_MANAGERS = (
    (".pyenv", "PYENV_ROOT", "versions/*/bin"),
    (".asdf", "ASDF_DATA_DIR", "installs/python/*/bin"),
    (".local/share/mise", "MISE_DATA_DIR", "installs/python/*/bin"),
)
_SYSTEM = (
    *("/usr/local/bin", "/opt/*/bin", "/opt/*/*/bin"),
    "/Library/Frameworks/Python*.framework/Versions/*/bin",
)


def search_path() -> tuple[str, ...]:
    """Return the folders to search, those on ``PATH`` first, without duplicates.

    Folders of shims are left out: shims are slow, and their interpreters may not be
    installed. ``UV_PYTHON_SEARCH_PATH`` replaces all folders, as it does for uv.
    """
    replacement = os.environ.get("UV_PYTHON_SEARCH_PATH")
    if replacement is not None:
        return _distinct(replacement.split(os.pathsep))
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  # unlike Path, never raises
    folders = os.environ.get("PATH", "").split(os.pathsep)
    for folder, variable, pattern in _VERSION_MANAGERS:
        folders += _matching(Path(os.environ.get(variable) or home / folder), pattern)
    with contextlib.suppress(RuntimeError):  # a user without a home folder
        store = os.environ.get("UV_PYTHON_INSTALL_DIR")
        folders += _matching(Path(store or platformdirs.user_data_path("uv") / "python"), "*/bin")
    folders += [str(home / ".local" / "bin"), *_matching(home / ".local", "*/bin")]
    for place in _SYSTEM:
        folders += _matching(Path("/"), place.lstrip("/"))
    return _distinct(folders)


def executables(folders: tuple[str, ...]) -> list[Path]:
    """Return every file in ``folders`` with the name of an interpreter."""
    paths: list[Path] = []
    for folder in folders:
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208  # names alone, many of them
        except OSError:
            continue
        paths += [Path(folder, name) for name in names if NAME.fullmatch(name)]
    return paths


def _matching(folder: Path, pattern: str) -> list[str]:
    try:
        return sorted(map(str, folder.glob(pattern)))
    except OSError:
        return []


def without_shims(folders: Iterable[str]) -> list[str]:
    """Return the folders without folders of shims."""
    return [folder for folder in folders if Path(folder).name != "shims"]


def _distinct(folders: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, without_shims(folders))))
