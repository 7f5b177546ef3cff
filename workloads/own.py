"""Load the user's own file; its packages and its folder come last on the path."""

from __future__ import annotations

import importlib
import importlib.util
import os
import site
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from workloads import registry
from workloads.checks import WorkloadError, watch_forks
from workloads.environment import OWN_MODULE, OWN_PACKAGES

if TYPE_CHECKING:
    from types import ModuleType

    from workloads.registry import Workload

__all__ = ["LoadError", "load"]

_loaded: dict[str, str] = {}


class LoadError(WorkloadError):
    """A user's file that cannot be loaded, or that defines no workload."""

    def __init__(self, message: str, *, is_definition: bool = False) -> None:
        """``is_definition``: the file is wrong as written, under every interpreter."""
        super().__init__(message)
        self.is_definition = is_definition


def load(file: str) -> list[Workload]:
    """Import ``file`` once, and return the workloads defined in it; raises LoadError."""
    if file not in _loaded:
        _prepare(Path(file))
        _loaded[file] = _imported(Path(file)).__name__
    workloads = [
        workload
        for workload in registry.registered().values()
        if workload.function.__module__ == _loaded[file]
    ]
    if not workloads:
        raise LoadError(
            f"{Path(file).name} has no workload: put @workload above a function that is "
            "defined in it",
            is_definition=True,
        )
    return workloads


def _prepare(file: Path) -> None:
    packages = os.environ.get(OWN_PACKAGES)
    if packages:
        # Not by PYTHONPATH: that comes before the standard library and is seen by pyperf,
        # which would import a psutil that it finds there.
        site.addsitedir(packages)
    # As if it were run alone, without arguments: ours are none of its business.
    sys.argv = [str(file)]
    dotted = os.environ.get(OWN_MODULE, "")
    depth = dotted.count(".") + (file.name == "__init__.py") if dotted else 0
    sys.path.append(str(file.parents[depth]))
    # What lies next to our own package must not hide the user's modules.
    ours = str(Path(__file__).resolve().parent.parent)
    if ours in sys.path:
        sys.path.remove(ours)
        sys.path.append(ours)
    watch_forks()


def _imported(file: Path) -> ModuleType:
    try:
        dotted = os.environ.get(OWN_MODULE)
        # Interned, because it becomes a __name__: see ``lookup``.
        return importlib.import_module(sys.intern(dotted)) if dotted else _from_file(file)
    except registry.DefinitionError as error:
        raise LoadError(f"{file.name}: {error}", is_definition=True) from error
    except LoadError:
        raise
    except SystemExit as error:
        raise LoadError(
            f"{file.name} called sys.exit({error.code!r}) while it was loaded: put what a "
            'script does under if __name__ == "__main__"'
        ) from error
    except SyntaxError as error:
        where = f" in line {error.lineno}" if error.lineno else ""
        raise LoadError(
            f"{file.name} is not valid Python for this interpreter: {error.msg}{where}"
        ) from error
    except Exception as error:
        raise LoadError(
            f"{file.name} cannot be loaded: {type(error).__name__}: {error}{_line(file, error)}"
        ) from error


def _from_file(file: Path) -> ModuleType:
    name = sys.intern(file.stem)
    _refuse_taken(file, name)
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise LoadError(f"{file.name} is no Python file: its name must end with .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _refuse_taken(file: Path, name: str) -> None:
    """Raise LoadError when ``import name`` means another module: that one would be hidden."""
    known: Optional[object] = sys.modules.get(name)
    origin = getattr(known, "__file__", None)
    if known is None and "." not in name:
        spec = importlib.util.find_spec(name)
        known = spec.origin if spec else None
        origin = known
    if known is not None and not (origin and _is_same(Path(str(origin)), file)):
        raise LoadError(
            f"{file.name} has the name of another module ({name}): rename the file",
            is_definition=True,
        )


def _is_same(path: Path, file: Path) -> bool:
    return path.exists() and path.samefile(file)


def _line(file: Path, error: Exception) -> str:
    import traceback  # noqa: PLC0415 - a large import

    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).name == file.name
    ]
    return f" (line {lines[-1]})" if lines else ""
