"""The ``[tool.uv]`` table of a workload file's header: what is passed on to uv, and what is not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["checked"]

_PASSED_ON = frozenset(
    (
        *("sources", "index", "index-url", "extra-index-url", "find-links", "no-index"),
        *("index-strategy", "constraint-dependencies", "override-dependencies", "exclude-newer"),
        *("prerelease", "resolution", "no-build", "no-build-package", "no-binary"),
        "no-binary-package",
    )
)
_REFUSED_IN_SOURCES = {
    "workspace": "a file has no workspace: give a path, a git repository, a url or an index",
    "editable": "packages are installed as copies: leave it out",
}


def checked(table: object, *, name: str, folder: Path) -> str:
    """Return the table as JSON, its paths absolute.

    ``name`` is that of the file, and paths are relative to its ``folder``. Raises ConfigError for
    what would not be done.
    """
    if not isinstance(table, dict):
        raise ConfigError(f"{name}: tool.uv in its PEP 723 header is not a table")
    for key in table:
        if key not in _PASSED_ON:
            raise ConfigError(
                f"{name}: Gilscope does not support tool.uv.{key} in a PEP 723 header: remove it. "
                f"Supported: {', '.join(sorted(_PASSED_ON))}"
            )
    sources = table.get("sources", {})
    if not isinstance(sources, dict):
        raise ConfigError(f"{name}: tool.uv.sources in its PEP 723 header is not a table")
    written = {key: _located(key, value, folder) for key, value in table.items()}
    if sources:
        written["sources"] = {
            package: [_source(package, each, name, folder) for each in _listed(source)]
            for package, source in sources.items()
        }
    return msgspec.json.encode(written, order="sorted").decode()


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _source(package: str, source: object, name: str, folder: Path) -> Mapping[str, object]:
    where = f"{name}: tool.uv.sources.{package} in its PEP 723 header"
    if not isinstance(source, dict):
        raise ConfigError(f'{where} is not a table: write for example {{ path = "./{package}" }}')
    for key, advice in _REFUSED_IN_SOURCES.items():
        if source.get(key):
            raise ConfigError(f"{where} has {key} = true, but {advice}")
    path = source.get("path")
    if path is None:
        return source
    if not isinstance(path, str) or not (folder / path).exists():
        raise ConfigError(
            f"{where} has the path {path!r}, which does not exist: a path is relative to the file"
        )
    return {**source, "path": os.path.normpath(folder / path)}


def _located(key: str, value: object, folder: Path) -> object:
    """Return a setting with its paths relative to ``folder`` made absolute."""
    if key == "index":
        return [_index(each, folder) for each in _listed(value)]
    if key in {"find-links", "extra-index-url"}:
        return [_place(each, folder) for each in _listed(value)]
    return _place(value, folder) if key == "index-url" else value


def _index(index: object, folder: Path) -> object:
    if not isinstance(index, dict) or "url" not in index:
        return index
    return {**index, "url": _place(index["url"], folder)}


def _place(place: object, folder: Path) -> object:
    is_path = isinstance(place, str) and "://" not in place
    return os.path.normpath(folder / str(place)) if is_path else place
