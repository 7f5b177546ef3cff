"""Let uv download an interpreter into our own cache, without shims or traces elsewhere."""

from __future__ import annotations

import functools
import platform
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.cache.entries import Recipe, Workspace, make_once
from harness.interpreters.getting.reachability import is_reachable
from harness.interpreters.getting.uv_tool import find_uv, list_pythons, run_uv
from harness.interpreters.progress import Notify, Progress
from harness.interpreters.providers.answer import Answer, Obtainable, Unobtainable
from harness.model import Build, Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interpreters.naming.catalogue import Target
    from harness.interpreters.naming.requirement import Requirement

__all__ = ["answer"]

EXPECTED_S = 15.0
_TIMEOUT_S = 600.0
_LIST_TIMEOUT_S = 10.0
_SETTINGS = {
    "UV_PYTHON_INSTALL_BIN": "0",
    "UV_PYTHON_INSTALL_REGISTRY": "0",
    # Ask the next provider instead of trying again.
    "UV_HTTP_RETRIES": "0",
    "NO_COLOR": "1",
}


def answer(requirement: Requirement, *, root: Path) -> Answer:
    """Return whether uv is installed, has the interpreter and can reach its server."""
    target = requirement.target
    if target is None or requirement.is_custom:
        return Unobtainable(reason="uv: has release builds only", is_final=True)
    if not target.uv:
        return Unobtainable(reason="uv: not among its downloads", is_final=True)
    uv = find_uv()
    if uv is None:
        return Unobtainable(reason="uv: not installed (pip install uv)")
    if not is_reachable(_download_server(uv)):
        return Unobtainable(reason="uv: its download server cannot be reached")
    get = functools.partial(_get, target, uv, root)
    return Obtainable(how="downloaded by uv", expected_s=EXPECTED_S, get=get)


@functools.cache
def _download_server(uv: str) -> str:
    """Return the address of one of uv's downloads, or an empty string."""
    rows = list_pythons(uv, "--only-downloads", settings=_SETTINGS, timeout_s=_LIST_TIMEOUT_S)
    return next((row.url for row in rows if row.url), "")


def _get(target: Target, uv: str, root: Path, notify: Notify) -> Build:
    recipe = Recipe(
        name=f"uv-{target.id}",
        provenance=Provenance(provider="uv", source=target.uv),
        architecture=platform.machine(),
    )

    def make(workspace: Workspace) -> Path:
        notify(Progress(subject=target.id, phase="downloading", expected_s=EXPECTED_S))
        words = ("python", "install", "--install-dir", str(workspace.prefix), target.uv)
        finished = run_uv(uv, words, settings=_SETTINGS, timeout_s=_TIMEOUT_S)
        if finished.exit_code != 0:
            # Its last line is the innermost cause.
            cause = finished.last_line.removeprefix("cause: ").removeprefix("error: ")
            raise InterpreterError(f"uv: cannot download {target.uv} ({cause})")
        return _executable(target, workspace.prefix)

    return make_once(root, recipe, make=make, is_exact=bool(target.version))


def _executable(target: Target, prefix: Path) -> Path:
    # Links with the minor version in their names lead to the same folders.
    folders = [path for path in sorted(prefix.iterdir()) if path.is_dir() and not path.is_symlink()]
    suffix = "t" if target.is_free_threaded else ""
    names = {
        "cpython": (f"bin/python{target.python}{suffix}", f"python{target.python}{suffix}.exe"),
        "pypy": ("bin/pypy3", "pypy3.exe"),
        "graalpy": ("bin/graalpy", "bin/graalpy.exe"),
    }[target.implementation]
    paths = [folder / name for folder in folders for name in (*names, "python.exe")]
    executable = next((path for path in paths if path.exists()), None)
    if executable is None:
        raise InterpreterError(f"uv: installed {target.uv} without the executable {names[0]}")
    return executable
