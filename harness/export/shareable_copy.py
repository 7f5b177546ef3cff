"""A copy of an experiment's folder without host, users and paths, fit to be published."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import ConfigError, StoreError
from harness.export.pyperf_suites import safe_metadata
from harness.files import write_whole
from harness.model import Status
from harness.report.redaction import cleaner, redacted_manifest
from harness.storage import experiment_folder
from harness.storage.journal import JOURNAL, encoded
from harness.storage.manifest import SCHEMA_VERSION, write_manifest
from harness.storage.worker_result import read_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.model import Job, Outcome
    from harness.storage.experiment_folder import Experiment

__all__ = ["shared_copy"]


def shared_copy(experiment: Experiment, results: Path) -> Path:
    """Write the experiment into the folder ``results`` so that it can be shared; return its own.

    It gives the same estimates, but cannot be resumed, as the paths of its interpreters are gone.
    Raises StoreError when it cannot be written, ConfigError for a copy onto itself.
    """
    folder = results / experiment.manifest.id
    if folder.resolve() == experiment.folder.resolve():
        raise ConfigError(f"--results-copy {results} would replace the experiment itself")
    if folder.is_symlink():
        raise StoreError(f"{folder} is a link: remove it, or give another --results-copy")
    manifest = msgspec.structs.replace(
        redacted_manifest(experiment.manifest),
        id=experiment.manifest.id,
        schema_version=SCHEMA_VERSION,
    )
    # Thousands of runs repeat their texts.
    clean = functools.lru_cache(maxsize=10_000)(cleaner(experiment.manifest))
    outcomes = [_shared(outcome, clean) for outcome in experiment.outcomes]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_manifest(folder, manifest)
        write_whole(folder / JOURNAL, encoded(outcomes))
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror}") from error
    experiment_folder.load(folder)  # raises if the copy cannot be read
    return folder


def _shared(outcome: Outcome, clean: Callable[[str], str]) -> Outcome:
    job = _job(outcome.job, clean)
    run = _run(outcome, job, clean) if outcome.status is Status.OK else msgspec.Raw(b"null")
    return msgspec.structs.replace(
        outcome,
        job=job,
        reason=clean(outcome.reason),
        stderr_tail=clean(outcome.stderr_tail),
        run=run,
    )


def _job(job: Job, clean: Callable[[str], str]) -> Job:
    benchmark = msgspec.structs.replace(
        job.cell.benchmark, workload=clean(job.cell.benchmark.workload)
    )
    cell = msgspec.structs.replace(job.cell, variant=clean(job.cell.variant), benchmark=benchmark)
    return msgspec.structs.replace(job, cell=cell)


def _run(outcome: Outcome, job: Job, clean: Callable[[str], str]) -> msgspec.Raw:
    """Return the worker's file with its measurements and the metadata that may be published."""
    run = read_run(outcome.run)
    metadata: dict[str, Any] = {
        **safe_metadata(outcome.run, clean=clean),
        "name": job.cell.benchmark.name,
        "unit": "second",
        "loops": run.loops,
        "gilscope_checksum": clean(run.checksum),
        "gilscope_gil": "on" if run.is_gil_enabled else "off",
        "gilscope_samples": msgspec.json.encode(run.samples).decode(),
    }
    if run.is_jit_enabled is not None:
        metadata["gilscope_jit"] = "on" if run.is_jit_enabled else "off"
    if run.max_rss_bytes is not None:
        metadata["gilscope_max_rss"] = run.max_rss_bytes
    if run.pss_bytes is not None:
        metadata["gilscope_pss"] = run.pss_bytes
    if run.series:
        metadata["gilscope_series"] = msgspec.json.encode(run.series).decode()
    measured: dict[str, Any] = {"warmups": run.warmups} if run.warmups else {}
    if run.values:
        measured["values"] = run.values
    suite = {"benchmarks": [{"runs": [measured]}], "metadata": metadata, "version": "1.0"}
    return msgspec.Raw(msgspec.json.encode(suite))
