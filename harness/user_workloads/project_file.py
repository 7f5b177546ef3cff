"""The project file by which uv learns what a workload file's header says beyond its packages."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import msgspec
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["local_sources", "project_text", "sources_digest"]

_MADE = re.compile(r"\..*|__pycache__|build|dist|.*\.egg-info")
"""Names of folders that building a package makes or that are no part of it."""


def project_text(dependencies: Sequence[str], uv: str) -> str:
    """Return a ``pyproject.toml`` with these packages and the settings ``uv``, a JSON object."""
    project = {"name": "gilscope-environment", "version": "0", "dependencies": list(dependencies)}
    tool = {"uv": json.loads(uv)}
    return f"project = {_toml(project)}\ntool = {_toml(tool)}\n"


def _toml(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        pairs = (f"{_toml(str(key))} = {_toml(each)}" for key, each in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    # JSON's texts, numbers and truth values are TOML's too, except for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def local_sources(dependencies: Iterable[str], uv: str) -> dict[str, Path]:
    """Return the packages that come from this computer's own folders or files, by name."""
    requirements = [Requirement(text) for text in dependencies]
    found = {
        requirement.name: Path(unquote(urlsplit(requirement.url).path))
        for requirement in requirements
        if requirement.url and requirement.url.startswith("file:")
    }
    settings: dict[str, Any] = msgspec.json.decode(uv) if uv else {}
    for name, sources in settings.get("sources", {}).items():
        for source in sources:
            if "path" in source:
                found[name] = Path(source["path"])
    return found


def sources_digest(paths: Iterable[Path]) -> str:
    """Return a hash of these files, and of all files in these folders."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        for file in [path] if path.is_file() else sorted(_files(path)):
            digest.update(str(file.relative_to(path)).encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [name for name in subfolders if not _MADE.fullmatch(name)]
        yield from (Path(folder, name) for name in names if Path(folder, name).is_file())
