"""pyperf's runner as a worker uses it: started cheaply, without pinning, and in turns."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import sys
from types import ModuleType
from typing import Any

from workloads.turns import NoMoreTurns, Turns

__all__ = ["Runner"]


class _NoHooks(ModuleType):
    """Stands in for pyperf's module of hooks, and makes way for it as soon as one is wanted.

    A worker has no hooks. To find out, pyperf would read the metadata of all installed packages,
    and import a good part of the standard library for it: a third of the cost of a worker.
    """

    @staticmethod
    def get_hook_names() -> tuple[str, ...]:
        """Return the choices of ``--hook``."""
        return ()

    @staticmethod
    def instantiate_selected_hooks(names: None) -> dict[str, Any]:  # noqa: ARG004 - there is none
        """Return the hooks to call around each value, by name."""
        return {}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


sys.modules.setdefault("pyperf._hooks", _NoHooks("pyperf._hooks"))
import pyperf  # noqa: E402 - finds the module above


class _Formatter(argparse.HelpFormatter):
    """Imports its colors, with ``dataclasses`` and ``inspect``, only to write a text."""

    def _set_color(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - passed on
        self._color = (arguments, options)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name not in ("_theme", "_decolor"):
            raise AttributeError(name)
        arguments, options = self._color
        super()._set_color(*arguments, **options)  # type: ignore[misc]
        return getattr(self, name)


class Runner(pyperf.Runner):  # type: ignore[misc]
    """pyperf's runner, which does not pin the worker, and measures in turns."""

    turns = Turns(None)

    def __init__(self) -> None:
        """Make the parser of the command line."""
        super().__init__(_argparser=argparse.ArgumentParser(formatter_class=_Formatter))

    def _cpu_affinity(self) -> None:
        """Do nothing: pyperf would pin all threads to the isolated CPUs, one core at worst.

        The controller sets the affinity before it starts the worker.
        """

    def _worker(self, task: Any) -> Any:  # noqa: ANN401 - pyperf has no types
        """Keep the values there are when turns end early, and collect facts after the last one."""
        measure = task.compute_warmups_values

        def measure_in_turns() -> None:
            with contextlib.suppress(NoMoreTurns):
                measure()
            self.turns.wait_for_end()

        task.compute_warmups_values = measure_in_turns
        return super()._worker(task)
