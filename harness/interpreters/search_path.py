"""Where interpreters usually lie on this machine, and what their files are called."""

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
    """Return the folders to look in, those on ``PATH`` first, each once.

    Folders of shims are left out: they answer for interpreters that may not be there,
    slowly and with complaints. ``UV_PYTHON_SEARCH_PATH`` stands in for all of them, as it
    does for uv.
    """
    named = os.environ.get("UV_PYTHON_SEARCH_PATH")
    if named is not None:
        return _distinct(named.split(os.pathsep))
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  # unlike Path, never raises
    found = os.environ.get("PATH", "").split(os.pathsep)
    for folder, variable, pattern in _VERSION_MANAGERS:
        found += _matching(Path(os.environ.get(variable) or home / folder), pattern)
    with contextlib.suppress(RuntimeError):  # nobody's: this user has no home
        store = os.environ.get("UV_PYTHON_INSTALL_DIR")
        found += _matching(Path(store or platformdirs.user_data_path("uv") / "python"), "*/bin")
    found += [str(home / ".local" / "bin"), *_matching(home / ".local", "*/bin")]
    for place in _SYSTEM:
        found += _matching(Path("/"), place.lstrip("/"))
    return _distinct(found)


def executables(folders: tuple[str, ...]) -> list[Path]:
    """Return every file in ``folders`` that is called like an interpreter."""
    found: list[Path] = []
    for folder in folders:
        try:
            names = sorted(os.listdir(folder))  # noqa: PTH208  # names alone, many of them
        except OSError:
            continue
        found += [Path(folder, name) for name in names if NAME.fullmatch(name)]
    return found


def _matching(folder: Path, pattern: str) -> list[str]:
    try:
        return sorted(map(str, folder.glob(pattern)))
    except OSError:
        return []


def without_shims(folders: Iterable[str]) -> list[str]:
    """Leave out folders of shims."""
    return [one for one in folders if Path(one).name != "shims"]


def _distinct(folders: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, without_shims(folders))))
