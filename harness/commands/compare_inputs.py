"""The name of an experiment or a pyperf file → a side to compare."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.analysis.comparing.run_to_run import known
from harness.analysis.comparing.side_names import told_apart
from harness.analysis.comparing.sides import ComparisonInput, input_of_experiment, input_of_file
from harness.analysis.live.stopping import reason_to_stop
from harness.analysis.trust.quality import is_fit
from harness.errors import ConfigError, NothingToDoError, StoreError
from harness.files import sha256_of
from harness.report.redaction import private_words
from harness.storage import experiment_folder, pyperf_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.analysis.comparing.run_to_run import RunToRunEstimate
    from harness.storage.same_machine import SameMachine

__all__ = ["Read", "named_apart", "read_side", "stored_drift"]

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
        return _file(Path(query))
    if os.path.isfile(query):  # noqa: PTH113 - unlike Path, never raises
        raise ConfigError(f"{query} is not an experiment; a pyperf file ends in .json or .json.gz")
    return _experiment(experiment_folder.find(results, query))


def _file(path: Path) -> Read:
    file = pyperf_file.load(path)
    private = private_words(
        file.fact("hostname"), [file.fact("python_executable"), str(path.absolute())]
    )
    side = input_of_file(file, private=private)
    exported = side.experiment and f"{side.experiment} {file.fact('gilscope_variant')}"
    return Read(
        side=side,
        which=str(path),
        identity=exported or sha256_of(path),
        machine=file.fact("cpu_model_name"),
        notes=(f"{path.name} has no value of {', '.join(file.empty)}: only calibration runs.",)
        if file.empty
        else (),
    )


def named_apart(old: Read, new: Read, known: SameMachine) -> tuple[Read, Read]:
    """Return both with names that differ, and with what the user said of their host names."""
    sides = told_apart(old.side, new.side)
    return tuple(  # type: ignore[return-value]  # two, as there are two sides
        dataclasses.replace(read, side=_on_machine(side, known))
        for read, side in zip((old, new), sides, strict=True)
    )


def _on_machine(side: ComparisonInput, known: SameMachine) -> ComparisonInput:
    place = dataclasses.replace(side.place, host_id=known.identity(side.place.host))
    return dataclasses.replace(side, place=place)


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
    notes += [f"{manifest.id}: {note}" for note in experiment.notes]
    return Read(
        side=side,
        which=folder.name,
        identity=manifest.id,
        machine=manifest.machine.label,
        notes=tuple(notes),
        noise=manifest.noise.floor if manifest.noise and manifest.noise.is_usable else 0.0,
    )


def stored_drift(
    results: Path, old: Read, new: Read, known_names: SameMachine
) -> tuple[Mapping[str, RunToRunEstimate], tuple[str, ...]]:
    """Estimate differences between runs on this machine from experiments other than these two.

    These two do not count: a real difference between them would hide in the estimate. Nor do quick
    looks and those of grade D. Experiments that cannot be read are noted.
    """
    side = old.side if old.side.is_experiment else new.side
    if not side.is_experiment:
        return {}, ()
    notes, others = [], {}
    compared = {read.side.experiment for read in (old, new)}
    for folder in experiment_folder.newest_first(results)[:_MAX_STORED]:
        try:
            stored = experiment_folder.load(folder)
        except StoreError as error:
            notes.append(f"{folder.name} tells nothing of what runs differ by: {error}")
            continue
        manifest, outcomes, runs = stored.manifest, stored.outcomes, stored.runs
        if manifest.id not in compared and is_fit(manifest, outcomes, runs):
            other = input_of_experiment(manifest, outcomes, runs=runs)
            others[manifest.id] = _on_machine(other, known_names)
    return known(others.values(), side), tuple(notes)
