"""One standard pyperf suite per variant, for ``pyperf compare_to``, ``stats``, ``hist``."""

from __future__ import annotations

import functools
import gzip
import math
import re
from typing import TYPE_CHECKING, Any

import msgspec

from harness.model import settings_of
from harness.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.export.publishable import Material, Process

__all__ = ["compressed", "pyperf_suites", "safe_metadata"]

_TEXTS = (
    "cpu_model_name",
    "gilscope_free_threaded_build",
    "gilscope_gil",
    "gilscope_jit",
    "perf_version",
    "platform",
    "python_compiler",
    "python_implementation",
    "python_version",
    "timer",
)
_NUMBERS = ("cpu_count", "duration", "gilscope_switch_interval", "load_avg_1min")
_OF_THE_HOST = (
    "boot_time",
    "cpu_affinity",
    "cpu_config",
    "hostname",
    "python_cflags",
    "python_config_args",
    "python_executable",
)
"""These identify the computer; most name the host, its user or a folder."""
_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?")
_MAX_LENGTH = 1000


_Metadata = msgspec.defstruct(
    "_Metadata", [(name, Any, None) for name in ("date", *_TEXTS, *_NUMBERS, *_OF_THE_HOST)]
)
"""The metadata of a run that may be exported; other entries are never decoded."""


class _Suite(msgspec.Struct, gc=False):
    metadata: _Metadata  # type: ignore[valid-type]  # made from the names above


_decoder = msgspec.json.Decoder(_Suite)


def pyperf_suites(material: Material) -> dict[str, bytes]:
    """Return the suite of each variant that was measured, by label, in the order of the plan.

    Benchmarks are named as in the plan (``factorize/threads=4``); runs are the successful
    processes without pilots, in the order they ran.
    """
    suites: dict[str, dict[str, list[dict[str, Any]]]] = {
        variant.label: {} for variant in material.manifest.plan.variants
    }
    clean = functools.cache(material.clean)  # thousands of runs repeat their texts
    for process in material.processes:
        run = _run(process, material, clean)
        suites[process.variant].setdefault(process.benchmark.name, []).append(run)
    order = [cell.benchmark.name for cell in material.manifest.plan.cells]
    return {
        label: _encoded(
            label,
            material.manifest.id,
            [runs[name] for name in dict.fromkeys(order) if name in runs],
        )
        for label, runs in suites.items()
        if runs
    }


def compressed(suite: bytes) -> bytes:
    """Return ``suite`` as ``.json.gz``, reproducibly."""
    return gzip.compress(suite, compresslevel=9, mtime=0)


def _run(process: Process, material: Material, clean: Callable[[str], str]) -> dict[str, Any]:
    safe = safe_metadata(process.outcome.run, clean=clean, is_host_shown=material.is_host_shown)
    settings = {
        f"gilscope_{setting.title.replace(' ', '_')}": setting.value
        if type(setting.value) in (int, float)
        else clean(str(setting))
        for setting in settings_of(material.manifest.plan)
        if setting.value is not None
    }
    metadata = {
        **settings,
        **safe,
        "name": process.benchmark.name,
        "unit": "second",
        "loops": process.run.loops,
        "gilscope_block": process.outcome.job.block,
        "gilscope_position": process.outcome.job.position,
    }
    run: dict[str, Any] = {"metadata": metadata, "values": process.run.values}
    if process.run.warmups:
        run["warmups"] = process.run.warmups
    return run


def safe_metadata(
    raw: msgspec.Raw, *, clean: Callable[[str], str], is_host_shown: bool = False
) -> dict[str, Any]:
    """Return the metadata of a run that may be published and that pyperf accepts."""
    metadata = msgspec.structs.asdict(_decoder.decode(raw).metadata)
    texts = (*_TEXTS, *_OF_THE_HOST) if is_host_shown else _TEXTS
    safe: dict[str, Any] = {}
    for name in texts:
        text = metadata[name]
        # pyperf rejects empty texts and those of several lines.
        if type(text) is str and (shown := " ".join(clean(text[:_MAX_LENGTH]).split())):
            safe[name] = shown
    for name in _NUMBERS:
        number = metadata[name]
        if type(number) in (int, float) and math.isfinite(number) and number >= 0:
            safe[name] = number
    date = metadata["date"]
    if type(date) is str and _DATE.fullmatch(date):
        safe["date"] = date
    return safe


def _encoded(label: str, experiment: str, benchmarks: Sequence[list[dict[str, Any]]]) -> bytes:
    """Return the JSON; common metadata are written once, as pyperf does."""
    of_all = _common(run["metadata"] for runs in benchmarks for run in runs)
    of_all.pop("name", None)  # pyperf expects it in each benchmark, even a single one
    content = []
    for runs in benchmarks:
        common = _common(run["metadata"] for run in runs)
        for run in runs:
            run["metadata"] = _without(run["metadata"], common)
        content.append({"metadata": _without(common, of_all), "runs": runs})
    suite = {
        "benchmarks": content,
        "metadata": {
            **of_all,
            "gilscope_experiment": experiment,
            "gilscope_variant": " ".join(label.split()),
            "gilscope_version": __version__,
        },
        "version": "1.0",
    }
    return msgspec.json.encode(suite, order="sorted") + b"\n"


def _without(entries: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    return {name: entries[name] for name in entries if name not in others}


def _common(metadata: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the entries that are the same in all of these."""
    every = iter(metadata)
    common = dict(next(every, {}))
    for entries in every:
        for name in [name for name in common if entries.get(name) != common[name]]:
            del common[name]
    return common
