"""The one folder every worker finds pyperf in, whatever interpreter it runs under."""

from __future__ import annotations

import importlib.metadata
import shutil
import tempfile
from pathlib import Path

from harness.errors import InterpreterError

__all__ = ["ensure_worker_site"]

_PACKAGE = "pyperf"
_KEPT_TOPS = ("pyperf/", "pyperf-")
_DROPPED_PARTS = {"tests", "__pycache__"}


def ensure_worker_site(cache_root: Path) -> Path:
    """Return a folder with a complete copy of the installed pyperf, making it if needed."""
    distribution = importlib.metadata.distribution(_PACKAGE)
    files = _wanted(distribution)
    folder = cache_root / "worker-site" / f"{_PACKAGE}-{distribution.version}"
    if _is_complete(folder, files):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="aside-", dir=folder.parent) as aside:
        copy = Path(aside, "site")
        for name, origin in files.items():
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(origin, target)
        if folder.exists():
            folder.rename(Path(aside, "old"))
        try:
            copy.rename(folder)
        except OSError:
            # Another run was quicker; its copy is as good.
            if not _is_complete(folder, files):
                raise
    return folder


def _wanted(distribution: importlib.metadata.Distribution) -> dict[str, Path]:
    files = {
        file.as_posix(): Path(str(file.locate()))
        for file in distribution.files or ()
        if file.as_posix().startswith(_KEPT_TOPS) and not _DROPPED_PARTS.intersection(file.parts)
    }
    if f"{_PACKAGE}/__init__.py" not in files:
        raise InterpreterError("pyperf is not installed as files that can be copied: reinstall it")
    return files


def _is_complete(folder: Path, files: dict[str, Path]) -> bool:
    return all(
        (folder / name).is_file() and (folder / name).stat().st_size == origin.stat().st_size
        for name, origin in files.items()
    )
