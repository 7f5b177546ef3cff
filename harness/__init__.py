"""Gilscope's controller: plans, runs and analyses thread-scaling measurements.

From Python, ``load`` opens a stored experiment as tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from harness.commands.load import Loaded

__all__ = ["__version__", "load"]


def load(
    experiment: str | Path = "",
    *,
    results: str | Path = "results",
    is_host_shown: bool = False,
) -> Loaded:
    """Open a stored experiment: an id, its beginning or a folder; by default the newest.

    ``results`` is where ids are looked for. Texts are fit to be published, as in reports, unless
    the host is shown. Raises StoreError for what cannot be read.
    """
    # Here and not above: pandas and SciPy take a second, which --help must not.
    from harness.commands.load import load_experiment  # noqa: PLC0415

    return load_experiment(experiment, results=results, is_host_shown=is_host_shown)
