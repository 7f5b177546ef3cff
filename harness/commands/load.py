"""A stored experiment as tables, for notebooks and scripts: the result of ``harness.load``."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING

from harness.analysis.analyse import analyse
from harness.errors import NothingToDoError
from harness.export.estimates_table import estimates_frame, splits_frame
from harness.export.publishable import gather
from harness.export.pyperf_suites import pyperf_suites
from harness.export.values_table import values_frame
from harness.storage import experiment_folder

if TYPE_CHECKING:
    import pandas as pd

    from harness.analysis.results.experiment import Failure
    from harness.export.publishable import Material
    from harness.model import Machine, Variant
    from harness.report.redaction import Redacted

__all__ = ["Loaded", "load_experiment"]


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class Loaded:
    """An experiment: its tables, its origin, and everything the report knows.

    The columns of the tables are those of ``nox -s export``, see ``docs/export.md``.
    """

    material: Material

    def __repr__(self) -> str:
        rows = f"{len(self.material.processes)} processes"
        return f"<experiment {self.id}: {len(self.analysis.cells)} cells, {rows}>"

    @functools.cached_property
    def values(self) -> pd.DataFrame:
        """Every measured value, one row each, warm-ups too."""
        return values_frame(self.material)

    @functools.cached_property
    def estimates(self) -> pd.DataFrame:
        """Every estimate with its interval: a row for each cell and quantity."""
        return estimates_frame(self.analysis)

    @functools.cached_property
    def splits(self) -> pd.DataFrame:
        """What free threading costs and gains: a row for each part of each three-way split."""
        return splits_frame(self.analysis)

    @property
    def analysis(self) -> Redacted:
        """Everything that the report shows, as numbers."""
        return self.material.analysis

    @property
    def id(self) -> str:
        """The experiment's id."""
        return self.material.manifest.id

    @property
    def label(self) -> str:
        """The name that the user gave it, or nothing."""
        return self.material.manifest.label

    @property
    def created(self) -> str:
        """Its start, UTC, ISO 8601."""
        return self.material.manifest.created

    @property
    def machine(self) -> Machine:
        """The computer that it was measured on."""
        return self.material.manifest.machine

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The interpreters, in the order of the plan; ``baseline`` names one of them."""
        return self.material.manifest.plan.variants

    @property
    def baseline(self) -> str:
        """The label of the variant that ratios refer to."""
        return self.material.manifest.plan.baseline

    @property
    def versions(self) -> dict[str, str]:
        """Name and version of everything that took part in measuring."""
        return dict(self.material.manifest.versions)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Cells of which processes failed, and why."""
        return self.analysis.failures

    def pyperf_suites(self) -> dict[str, bytes]:
        """Return the JSON of a pyperf suite for each variant that was measured."""
        return pyperf_suites(self.material)


def load_experiment(
    experiment: str | Path = "",
    *,
    results: str | Path = "results",
    is_host_shown: bool = False,
) -> Loaded:
    """Return the experiment that ``experiment`` names in ``results``, by default the newest.

    It is an id, its beginning, or a folder. Raises StoreError for what cannot be found or read,
    NothingToDoError where nothing was measured.
    """
    folder = experiment_folder.choose(Path(results), str(experiment))
    stored = experiment_folder.load(folder)
    if not stored.outcomes:
        raise NothingToDoError(f"{folder.name} has no measurement yet")
    manifest, outcomes, runs = stored.manifest, stored.outcomes, stored.runs
    analysis = analyse(manifest, outcomes, runs=runs, notes=stored.notes)
    return Loaded(material=gather(manifest, outcomes, runs, analysis, is_host_shown=is_host_shown))
