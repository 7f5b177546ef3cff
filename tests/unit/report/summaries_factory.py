"""Summaries of made-up experiments: what the tests of the index start from."""

from __future__ import annotations

import datetime as dt
import math
import random
from typing import TYPE_CHECKING

from harness.report.index.summary_file import (
    SUMMARY_SCHEMA,
    Answered,
    CompareSummary,
    MadeOn,
    Noted,
    Number,
    Summary,
    Time,
    VariantSummary,
    What,
)
from harness.report.index.trends import Listed

if TYPE_CHECKING:
    from collections.abc import Mapping

LABELS = ("3.14", "3.14t", "3.14t+gil", "pypy3.11")
START = dt.datetime(2026, 1, 2, 6, 0, tzinfo=dt.UTC)
MACHINE = MadeOn(
    label="Example CPU, 2 cores, Linux x86_64",
    cpu_model="Example CPU 9000",
    system="Linux",
    architecture="x86_64",
    kernel="6.1.0",
    cpus=2,
    cores=2,
)
_BASE_S = {"factorize": 0.0843, "lesson": 0.1612, "json_parse": 0.0421}
_SPEED = {"3.14": 1.0, "3.14t": 1.087, "3.14t+gil": 1.071, "pypy3.11": 0.104}
_GAIN = {"3.14": 0.97, "3.14t": 1.87, "3.14t+gil": 0.96, "pypy3.11": 0.95}


def number(point: float, *, error: float = 0.006, n: int = 10) -> Number:
    """Return a number with the interval of ten processes."""
    half = 2.26 * error
    return Number(
        point=point,
        low=point * math.exp(-half),
        high=point * math.exp(half),
        n=n,
        error=error,
        sd=error * math.sqrt(n),
    )


def variant(label: str, gain: float, *, version: str = "3.14.7") -> VariantSummary:
    """Return a variant whose answer is this speed-up with two threads."""
    is_pypy = label.startswith("pypy")
    release = "8.0.1" if is_pypy else version
    return VariantSummary(
        label=label,
        implementation="pypy" if is_pypy else "cpython",
        version=release,
        digest=f"{label}-{release}"[:16],
        environment="PYTHON_GIL=1" if label.endswith("+gil") else "",
        answer=Answered(
            what=What.SPEEDUP,
            number=number(gain),
            workload="factorize",
            threads=2,
            one_thread=None if label == "3.14" else number(_SPEED.get(label, 1.0)),
            sentence=f"factorize runs {gain:.2f}× as fast with 2 threads as with 1.",
        ),
    )


def summary(  # noqa: PLR0913 - what tests vary
    place: int = 0,
    *,
    label: str = "nightly",
    labels: tuple[str, ...] = LABELS,
    slower: Mapping[str, float] | None = None,
    version: str = "3.14.7",
    noise: float = 0.012,
    noted: Noted | None = None,
    **changes: object,
) -> Summary:
    """Return the experiment of day ``place``; ``slower`` are factors of single-thread times."""
    rng = random.Random(f"{label}{place}")  # noqa: S311 - made-up noise
    when = START + dt.timedelta(days=place, minutes=rng.randrange(300))
    drift = rng.gauss(0, noise)
    factors = slower or {}
    times = [
        Time(
            variant=one,
            workload=workload,
            seconds=number(
                base_s
                * _SPEED.get(one, 1.0)
                * factors.get(one, 1.0)
                * math.exp(drift + rng.gauss(0, noise / 3))
            ),
        )
        for workload, base_s in _BASE_S.items()
        for one in labels
    ]
    gains = {one: _GAIN.get(one, 1.0) * math.exp(rng.gauss(0, noise / 2)) for one in labels}
    usual: dict[str, object] = {
        "schema_version": SUMMARY_SCHEMA,
        "made_from": "0" * 32,
        "id": f"{when:%Y%m%dT%H%M%SZ}-{place:06x}",
        "created": when.isoformat(timespec="seconds"),
        "label": label,
        "machine": MACHINE,
        "baseline": labels[0],
        "grade": "AABBC"[rng.randrange(5)],
        "is_complete": True,
        "blocks_done": 10,
        "blocks_planned": 10,
        "threshold": 0.02,
        "is_aa": False,
        "noise": noted,
        "code": "c0ffee",
        "variants": tuple(variant(one, gains[one], version=version) for one in labels),
        "times": tuple(times),
    }
    return Summary(**{**usual, **changes})  # type: ignore[arg-type]


def listed(found: Summary) -> Listed:
    """Return a summary in the folder of its own name."""
    return Listed(folder=found.id, summary=found)


def nightly(days: int = 30, *, step: float = 1.15, at: int = 18) -> tuple[Listed, ...]:
    """Return experiments of one label in which a new 3.14t is slower from one day on."""
    return tuple(
        listed(
            summary(
                day,
                slower={"3.14t": step} if day >= at else None,
                version="3.14.8" if day >= at else "3.14.7",
            )
        )
        for day in range(days)
    )


def against_itself(place: int = 3) -> Summary:
    """Return an A/A experiment."""
    noise = Noted(floor=0.031, comparisons=12, different=1)
    return summary(place, label="", labels=("a", "b"), is_aa=True, grade="B", noted=noise)


def compared(old: str = "before", new: str = "after") -> CompareSummary:
    """Return a comparison."""
    return CompareSummary(
        schema_version=SUMMARY_SCHEMA,
        old=old,
        new=new,
        created="2026-01-20T06:00:00+00:00",
        machine=MACHINE.label,
        headline="Of 12 cells: 2 slower, 1 faster and 9 unchanged within 2 %.",
        cells=12,
        changed=3,
        failed_gates=1,
    )
