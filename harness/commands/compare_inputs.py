"""The name of an experiment or a pyperf file → a side to compare."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.analysis.comparing.run_to_run import known
from harness.analysis.comparing.sides import ComparisonInput, input_of_experiment, input_of_file
from harness.analysis.live.stopping import reason_to_stop
from harness.errors import ConfigError, NothingToDoError, StoreError
from harness.report.redaction import private_words
from harness.storage import experiment_folder, pyperf_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.analysis.comparing.run_to_run import RunToRunEstimate

__all__ = ["Read", "read_side", "stored_drift"]

_MAX_STORED = 40
"""So many of the newest stored experiments are used to estimate differences between runs."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Read:
    """A side, with facts that the comparison itself does not need."""

    side: ComparisonInput
    which: str
    identity: str
    machine: str
    notes: tuple[str, ...] = ()
    noise: float = 0.0
    """Noise floor of the machine's newest A/A experiment at that time, as a relative difference."""


def read_side(results: Path, query: str) -> Read:
    """Read the pyperf file or the experiment in ``results`` called ``query``."""
    if pyperf_file.is_pyperf_file(query) and not Path(query).is_dir():
        file = pyperf_file.load(Path(query))
        private = private_words(
            file.fact("hostname"), [file.fact("python_executable"), str(Path(query).absolute())]
        )
        return Read(
            side=input_of_file(file, private=private),
            which=query,
            identity=str(Path(query).resolve()),
            machine=file.fact("cpu_model_name"),
        )
    if os.path.isfile(query):  # noqa: PTH113 - unlike Path, never raises
        raise ConfigError(f"{query} is not an experiment; a pyperf file ends in .json or .json.gz")
    return _experiment(experiment_folder.find(results, query))


def _experiment(folder: Path) -> Read:
    experiment = experiment_folder.load(folder)
    manifest = experiment.manifest
    builds = [variant.build for variant in manifest.plan.variants]
    texts = [text for it in builds for text in (it.path, it.real_path, it.configure_args)]
    side = input_of_experiment(
        manifest,
        experiment.outcomes,
        runs=experiment.runs,
        private=private_words(manifest.machine.host, texts),
    )
    if not side.samples:
        raise NothingToDoError(f"{folder.name} has no successful measurement")
    plan, cores = manifest.plan, manifest.machine.physical_cores
    planned = plan.preset.blocks
    done = max(len(sample.blocks) for sample in side.samples.values())
    notes = []
    if done < planned and not reason_to_stop(
        plan, experiment.outcomes, experiment.runs, before=done + 1, cores=cores
    ):
        notes.append(f"{manifest.id} rests on {done} of {planned} blocks.")
    if experiment.torn_bytes:
        notes.append(f"The last line of {manifest.id} was torn and is left out.")
    return Read(
        side=side,
        which=folder.name,
        identity=manifest.id,
        machine=manifest.machine.label,
        notes=tuple(notes),
        noise=0.0 if manifest.noise is None else manifest.noise.floor,
    )


def stored_drift(
    results: Path, old: Read, new: Read
) -> tuple[Mapping[str, RunToRunEstimate], tuple[str, ...]]:
    """Estimate differences between runs on this machine from experiments other than these two.

    These two do not count: a real difference between them would hide in the estimate. Experiments
    that cannot be read are noted.
    """
    side = old.side if old.side.is_experiment else new.side
    if not side.is_experiment:
        return {}, ()
    notes, others = [], {}
    for folder in experiment_folder.newest_first(results)[:_MAX_STORED]:
        try:
            stored = experiment_folder.load(folder)
        except StoreError as error:
            notes.append(f"{folder.name} tells nothing of what runs differ by: {error}")
            continue
        if stored.manifest.id not in (old.identity, new.identity):
            others[stored.manifest.id] = input_of_experiment(
                stored.manifest, stored.outcomes, runs=stored.runs
            )
    return known(others.values(), side), tuple(notes)
