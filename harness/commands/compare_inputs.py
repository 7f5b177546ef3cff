"""An experiment or a pyperf file, by whatever name it was given → a side to compare."""

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
    from collections.abc import Iterator, Mapping

    from harness.analysis.comparing.run_to_run import RunToRunEstimate

__all__ = ["Read", "read_side", "stored_drift"]

_MAX_STORED = 40
"""So many of the newest stored experiments tell what runs differ by."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Read:
    """A side, and what only its own file tells."""

    side: ComparisonInput
    which: str
    identity: str
    machine: str
    notes: tuple[str, ...] = ()
    noise: float = 0.0
    """Noise floor of the machine's newest A/A experiment at that time, as a relative difference."""


def read_side(results: Path, wanted: str) -> Read:
    """Read what ``wanted`` names: a pyperf file, or an experiment in ``results``."""
    if pyperf_file.is_pyperf_file(wanted) and not Path(wanted).is_dir():
        file = pyperf_file.load(Path(wanted))
        private = private_words(
            file.fact("hostname"), [file.fact("python_executable"), str(Path(wanted).absolute())]
        )
        return Read(
            side=input_of_file(file, private=private),
            which=wanted,
            identity=str(Path(wanted).resolve()),
            machine=file.fact("cpu_model_name"),
        )
    if os.path.isfile(wanted):  # noqa: PTH113 - unlike Path, never raises
        raise ConfigError(f"{wanted} is no experiment; a pyperf file ends in .json or .json.gz")
    return _experiment(experiment_folder.find(results, wanted))


def _experiment(folder: Path) -> Read:
    experiment = experiment_folder.load(folder)
    manifest = experiment.manifest
    builds = [variant.build for variant in manifest.plan.variants]
    texts = [text for one in builds for text in (one.path, one.real_path, one.configure_args)]
    side = input_of_experiment(
        manifest,
        experiment.outcomes,
        runs=experiment.runs,
        private=private_words(manifest.machine.host, texts),
    )
    if not side.samples:
        raise NothingToDoError(f"{folder.name} holds no measurement that succeeded")
    planned = manifest.plan.preset.blocks
    done = max(len(sample.blocks) for sample in side.samples.values())
    notes = []
    cores = manifest.machine.physical_cores
    stop = reason_to_stop(
        manifest.plan, experiment.outcomes, experiment.runs, before=done + 1, cores=cores
    )
    if done < planned and not stop:
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
    """Return what runs on this machine differ by, from experiments other than these two.

    These two do not count: a real difference between them would hide in what runs are
    believed to differ by.
    """
    one = old if old.side.is_experiment else new
    if not one.side.is_experiment:
        return {}, ()
    notes: list[str] = []
    sides = {side.name: side for side in _readable(results, notes)}
    others = [side for name, side in sides.items() if name not in (old.identity, new.identity)]
    return known(others, one.side), tuple(notes)


def _readable(results: Path, notes: list[str]) -> Iterator[ComparisonInput]:
    """Yield the newest stored experiments; what cannot be read is noted."""
    for folder in experiment_folder.newest_first(results)[:_MAX_STORED]:
        try:
            experiment = experiment_folder.load(folder)
        except StoreError as error:
            notes.append(f"{folder.name} tells nothing of what runs differ by: {error}")
            continue
        yield input_of_experiment(experiment.manifest, experiment.outcomes, runs=experiment.runs)
