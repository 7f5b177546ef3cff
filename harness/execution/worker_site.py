"""The folders that workers import from: copies in the cache, and nothing else.

Where Gilscope is installed, ``workloads`` and pyperf lie in its site-packages, with NumPy and
others that a worker must not find: an extension can turn the GIL back on.
"""

from __future__ import annotations

import atexit
import filecmp
import functools
import importlib.metadata
import shutil
import tempfile
from pathlib import Path

import filelock

from harness.errors import InterpreterError, os_error_as
from harness.planning import builtin_workloads

__all__ = ["ensure_pyperf", "ensure_workloads", "worker_path"]

_PACKAGE = "pyperf"
_DROPPED_PARTS = {"tests", "__pycache__"}
# Of its metadata only files that every installer writes alike: two tools must agree on one copy.
# Hooks are entry points.
_KEPT_METADATA = {"METADATA", "entry_points.txt"}


def worker_path(cache_root: Path) -> tuple[Path, Path]:
    """Return the folders that workers need on their path, making them if needed."""
    return ensure_pyperf(cache_root), ensure_workloads(cache_root)


def ensure_pyperf(cache_root: Path) -> Path:
    """Return a folder with a complete copy of the installed pyperf."""
    distribution = importlib.metadata.distribution(_PACKAGE)
    files = {
        file.as_posix(): Path(str(file.locate()))
        for file in distribution.files or ()
        if _is_kept(file)
    }
    if f"{_PACKAGE}/__init__.py" not in files:
        raise InterpreterError("pyperf is not installed as files that can be copied: reinstall it")
    return _ensure_copy(cache_root, f"{_PACKAGE}-{distribution.version}", files)


def ensure_workloads(cache_root: Path) -> Path:
    """Return a folder with a complete copy of ``workloads``, one for each state of its sources."""
    files = {f"workloads/{name}": path for name, path in builtin_workloads.source_files().items()}
    return _ensure_copy(cache_root, f"workloads-{builtin_workloads.sources_digest()}", files)


def _is_kept(file: importlib.metadata.PackagePath) -> bool:
    if file.parts[0] == _PACKAGE:
        return not _DROPPED_PARTS.intersection(file.parts)
    return file.parts[0].startswith(f"{_PACKAGE}-") and file.name in _KEPT_METADATA


def _ensure_copy(cache_root: Path, name: str, files: dict[str, Path]) -> Path:
    try:
        return _copied(cache_root, name, files)
    except OSError:
        # A cache that cannot be written: the copy lives as long as this process.
        return _copied(_own_root(), name, files)


@functools.cache
def _own_root() -> Path:
    with os_error_as(InterpreterError, "neither the cache nor a temporary folder can be written"):
        folder = tempfile.TemporaryDirectory(prefix="gilscope-site-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    return Path(folder.name)


def _copied(root: Path, name: str, files: dict[str, Path]) -> Path:
    folder = root / "worker-site" / name
    if _is_complete(folder, files):
        return folder
    locks = root / "locks"
    for parent in (folder.parent, locks):
        parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(locks / f"{name}.lock"):
        # Another run may have been quicker; its copy is as good.
        if not _is_complete(folder, files):
            _replace_by_copy(folder, files)
    return folder


def _replace_by_copy(folder: Path, files: dict[str, Path]) -> None:
    with tempfile.TemporaryDirectory(prefix="aside-", dir=folder.parent) as aside:
        copy = Path(aside, "site")
        for relative, origin in files.items():
            target = copy / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(origin, target)
        if folder.exists():
            folder.rename(Path(aside, "old"))
        copy.rename(folder)


def _is_complete(folder: Path, files: dict[str, Path]) -> bool:
    return all(
        (folder / relative).is_file() and filecmp.cmp(folder / relative, origin, shallow=False)
        for relative, origin in files.items()
    )
