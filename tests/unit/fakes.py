"""Builds, variants, machines, plans, and a launcher that replays canned pyperf JSON."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness.execution.launcher import Finished, Launch
from harness.execution.worker_command import Site
from harness.machine import Surroundings
from harness.machine.canaries import Canaries
from harness.model import (
    Build,
    Cell,
    Cpu,
    Job,
    Machine,
    Manifest,
    Mode,
    Outcome,
    Plan,
    Preset,
    Provenance,
    Status,
    Variant,
)
from harness.planning import builtin_workloads
from harness.planning.bench_options import BenchOptions
from harness.planning.config import Config
from harness.planning.plan import make_plan
from harness.running.experiment import make_manifest
from workloads.turns import DONE, END, GO, READY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.execution.launcher import Worker

    Notes = dict[str, list[float]]

CPYTHON_CONFIGURE = """#!/bin/sh
cat > Makefile <<'END'
all:
\t@echo gcc -c -o Objects/a.o Objects/a.c
install:
\tmkdir -p $(DESTDIR)/gilscope/bin && cp python $(DESTDIR)/gilscope/bin/python3.14
END
"""
"""The ``configure`` of a CPython whose ``make`` installs the script ``python`` beside it."""

TWO_CPUS = Machine(
    label="Test CPU, 2 cores, Linux x86_64",
    host="secret-host",
    system="Linux",
    kernel="6.1",
    libc="glibc 2.36",
    architecture="x86_64",
    cpu_model="Test CPU",
    cpus=(Cpu(id=0, core=0, node=0), Cpu(id=1, core=1, node=0)),
    memory_bytes=2**34,
)
THREE = ("factorize", "lesson", "blocking_io")
"""Workloads of three kinds: with a ceiling, with threads of its own, of fixed length."""


class CalmCanaries(Canaries):
    """Canaries that always take a millisecond."""

    def __init__(self) -> None:
        """Start nothing."""

    def sing(self) -> dict[int, int]:
        """Return the same at each call."""
        return {0: 1000, 1: 1000}

    def cpu_s(self) -> float:
        """Return what they took: nothing."""
        return 0.0


AROUND = Surroundings(
    canary_s=lambda: 0.003,
    load_1min=lambda: 0.5,
    steal_and_total=lambda: None,
    others_s=lambda: None,
    frequency_hz=lambda: None,
    temperature_c=lambda: None,
    canaries=lambda: contextlib.nullcontext(CalmCanaries()),
)
"""A machine that never changes, and of which little can be read."""
SITE = Site(python_path=(Path("/site"),), bytecode=Path("/bytecode"))


def build(name: str = "3.14", **changes: object) -> Build:
    """Return the build of a label: a trailing ``t`` is free-threaded, ``pypy`` has a JIT."""
    is_pypy = name.startswith("pypy")
    is_free = name.endswith("t")
    facts: dict[str, object] = {
        "path": f"/opt/{name}/bin/python",
        "real_path": f"/opt/{name}/bin/python",
        "digest": f"digest-{name}",
        "implementation": "pypy" if is_pypy else "cpython",
        "version": "8.0.1" if is_pypy else "3.14.7",
        "python_version": "3.11.15" if is_pypy else "3.14.7",
        "is_free_threaded": is_free,
        "is_gil_enabled": not is_free,
        "jit": "on" if is_pypy else "none",
        "is_debug": False,
        "has_pgo": False,
        "has_lto": False,
        "compiler": "GCC 12.2.0",
        "cflags": "-O3",
        "configure_args": "'--prefix=/x' '--disable-gil'" if is_free else "'--prefix=/y'",
        "libc": "glibc 2.36",
        "architecture": "x86_64",
        "revision": "",
        "provenance": Provenance(provider="path", source=name),
    }
    return Build(**{**facts, **changes})  # type: ignore[arg-type]


def variant(label: str) -> Variant:
    """Return the variant of a label such as ``3.14t+gil``."""
    name, plus, _ = label.partition("+gil")
    return Variant(
        label=label,
        spec=label,
        build=build(name),
        environment=(("PYTHON_GIL", "1"),) if plus else (),
        is_gil_expected=bool(plus) or not name.endswith("t"),
    )


def config(  # noqa: PLR0913 - what tests vary
    labels: tuple[str, ...] = ("3.14", "3.14t", "3.14t+gil", "pypy"),
    *,
    workloads: tuple[str, ...] = THREE,
    blocks: int = 5,
    values: int = 5,
    threads: tuple[int, ...] | None = None,
    modes: tuple[Mode, ...] | None = None,
    seed: int = 1,
    baseline: str | None = None,
    folder: Path | None = None,
    **more: Any,
) -> Config:
    """Return a config with the values of the fast preset."""
    return Config(
        options=BenchOptions(
            interpreter=labels,
            baseline=baseline,
            threads=threads,
            mode=modes,
            blocks=blocks,
            **more,
        ),
        workloads=builtin_workloads.select(workloads),
        preset=Preset(name="fast", blocks=blocks, values=values, min_value_s=0.02),
        seed=seed,
        folder=folder,
    )


def plan(labels: tuple[str, ...] = ("3.14", "3.14t", "3.14t+gil", "pypy"), **wanted: Any) -> Plan:
    """Return a plan for two CPUs; ``wanted`` as for ``config``."""
    variants = tuple(variant(label) for label in labels)
    return make_plan(config(labels, **wanted), variants=variants, sweep=(1, 2, 4), usable_cpus=2)


def manifest(for_plan: Plan) -> Manifest:
    """Return the manifest of an experiment with ``for_plan`` on ``TWO_CPUS``."""
    return make_manifest(for_plan, machine=TWO_CPUS, unavailable=(), label="test")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asked:
    """What a launch asks of the worker, read from its command line and environment."""

    label: str
    workload: str
    mode: str
    threads: int
    loops: int
    warmups: int
    values: int
    is_gil_on: bool
    series_s: float = 0.0

    @property
    def name(self) -> str:
        """Return the benchmark's name."""
        is_serial = self.mode == "serial"
        return f"{self.workload}/{'serial' if is_serial else f'{self.mode}={self.threads}'}"


def read(launch: Launch) -> Asked:
    """Read a launch as the worker would."""
    options = dict(word[2:].split("=", 1) for word in launch.command if "=" in word)
    short = {word[1]: int(word[2:]) for word in launch.command if word[:2] in ("-l", "-w", "-n")}
    folder = launch.command[0].split("/")[2]
    is_forced = ("PYTHON_GIL", "1") in launch.environment
    return Asked(
        label=f"{folder}+gil" if is_forced else folder,
        workload=options["workload"],
        mode=options["mode"],
        threads=int(options["threads"]),
        loops=short.get("l", 0),
        warmups=short.get("w", 0),
        values=short.get("n", 1),
        is_gil_on=options["expect-gil"] == "on",
        series_s=float(options.get("series", 0)),
    )


def ideal_time_s(asked: Asked) -> float:
    """Return seconds per loop on two perfect CPUs: only without the GIL do threads scale."""
    if asked.workload == "blocking_io":
        return 0.5
    base = 0.002 if asked.label == "pypy" else 0.02
    workers = min(asked.threads, 2)
    is_parallel = asked.mode == "processes" or not asked.is_gil_on
    return base / workers if is_parallel else base


def result_of(
    asked: Asked,
    per_loop_s: float,
    *,
    checksum: str = "42",
    course: Callable[[float], float] = lambda gone_s: 1.0,  # noqa: ARG005
) -> bytes:
    """Return the pyperf JSON of a worker whose every loop took ``per_loop_s``.

    In a pilot's series it took ``course`` times as long, which depends on the time at work.
    """
    loops = asked.loops or max(1, round(0.02 / per_loop_s))
    is_pilot = not asked.loops
    warmups = [[loops, per_loop_s]] * (2 if is_pilot else asked.warmups)
    if asked.series_s:
        warmups = [[loops, per_loop_s * course(0.0)]]
    values = [] if is_pilot else [per_loop_s] * asked.values
    walls = [count * each for count, each in (*warmups, *((loops, each) for each in values))]
    rest = {
        "cpu_s": per_loop_s * loops,
        "start_skew_s": 1e-5,
        "stop_skew_s": 1e-5,
        "voluntary_switches": 3,
        "involuntary_switches": 4,
        "collections": 0,
        "checksum": int(checksum),
    }
    metadata = {
        "name": asked.name,
        "loops": loops,
        "unit": "second",
        "gilscope_max_rss": 20_000_000,
        "hostname": "secret-host",
        "gilscope_checksum": checksum,
        "gilscope_gil": "on" if asked.is_gil_on else "off",
        "gilscope_samples": json.dumps([[wall, *rest.values()] for wall in walls]),
    }
    if asked.series_s:
        metadata["gilscope_series"] = json.dumps(_series(asked, loops, per_loop_s, course))
    run: dict[str, object] = {"warmups": warmups}
    if values:
        run["values"] = values
    suite = {"benchmarks": [{"runs": [run]}], "metadata": metadata, "version": "1.0"}
    return json.dumps(suite, indent=1).encode()  # line breaks: the journal must remove them


def _series(
    asked: Asked, loops: int, per_loop_s: float, course: Callable[[float], float]
) -> list[tuple[int, float]]:
    found: list[tuple[int, float]] = []
    start_s = gone_s = loops * per_loop_s * course(0.0)
    while gone_s - start_s < asked.series_s or len(found) < 6:
        found.append((loops, per_loop_s * course(gone_s)))
        gone_s += loops * found[-1][1]
    return found


def outcome_of(  # noqa: PLR0913 - what tests vary
    cell: Cell,
    block: int,
    *,
    time_s: float = 0.02,
    warmups: tuple[Notes, ...] = (),
    values: tuple[Notes, ...] = ({},),
    rss: int | None = 20_000_000,
    pss: int | None = None,
    is_memory: bool = False,
) -> Outcome:
    """Return the outcome of a job that went well; a warm-up or value for each of the notes."""
    asked = Asked(
        label=cell.variant,
        workload=cell.benchmark.workload,
        mode=str(cell.benchmark.mode),
        threads=cell.benchmark.threads,
        loops=1,
        warmups=len(warmups),
        values=len(values),
        is_gil_on=True,
    )
    suite = json.loads(result_of(asked, time_s))
    metadata = suite["metadata"]
    metadata["gilscope_max_rss"] = rss
    metadata["gilscope_pss"] = pss
    samples = json.loads(metadata["gilscope_samples"])
    for sample, notes in zip(samples, (*warmups, *values), strict=True):
        sample.append(notes)
    metadata["gilscope_samples"] = json.dumps(samples)
    return Outcome(
        job=Job(block=block, position=0, cell=cell, is_memory=is_memory),
        status=Status.OK,
        started="2026-01-17T12:00:00.000+00:00",
        duration_s=0.5,
        run=msgspec.Raw(json.dumps(suite).encode()),
    )


@dataclasses.dataclass
class FakeLauncher:
    """Answers every launch at once with what ``time_s`` says, and keeps the launches."""

    time_s: Callable[[Asked], float] = ideal_time_s
    answer: Callable[[Asked, int], Finished | None] = lambda asked, number: None  # noqa: ARG005
    """May answer instead; gets the launch's number from 1. ``None`` leaves it to ``time_s``."""
    launches: list[Launch] = dataclasses.field(default_factory=list)
    is_ended: bool = False

    def end(self) -> None:
        """Be interrupted in the present launch."""
        self.is_ended = True

    def __call__(self, launch: Launch) -> Finished:
        """Return how the fake worker ended."""
        self.launches.append(launch)
        asked = read(launch)
        special = self.answer(asked, len(self.launches))
        if self.is_ended:
            raise KeyboardInterrupt
        finished = special or ended(result=result_of(asked, self.time_s(asked)))
        # No two jobs take equally long: a line of the journal that is there twice was doubled.
        return dataclasses.replace(
            finished, duration_s=finished.duration_s + 1e-9 * len(self.launches)
        )

    def start(self, launch: Launch) -> FakeWorker:
        """Return a worker that answers its tokens at once."""
        self.launches.append(launch)
        asked = read(launch)
        special = self.answer(asked, len(self.launches))
        if self.is_ended:
            raise KeyboardInterrupt
        return FakeWorker(asked=asked, time_s=self.time_s(asked), special=special)

    def ready(self, workers: Sequence[Worker], timeout_s: float) -> list[Worker]:
        """Return the workers that have something to say, without waiting."""
        del timeout_s
        if self.is_ended:
            raise KeyboardInterrupt
        return [one for one in workers if isinstance(one, FakeWorker) and one.messages]


@dataclasses.dataclass
class FakeWorker:
    """A worker in a group: every turn takes no time, and it ends as ``special`` says."""

    asked: Asked
    time_s: float
    special: Finished | None
    messages: list[bytes] = dataclasses.field(default_factory=lambda: [READY])
    turns: int = 0

    def __post_init__(self) -> None:
        """Close the channel of a worker that has ended; one that hangs says nothing.

        One that is to write a result of its own takes its turns first.
        """
        if self.special is not None and self.special.result is None:
            self.messages = [] if self.special.is_timed_out else [b""]

    def receive(self) -> bytes:
        """Return its next message."""
        return self.messages.pop(0)

    def send(self, token: bytes) -> None:
        """Do a turn, or end."""
        self.turns += token == GO
        self.messages.append({GO: DONE, END: b""}[token])

    def kill(self) -> None:
        """Do nothing: it has ended."""

    def finish(self, timeout_s: float) -> Finished:
        """Return how it ended."""
        del timeout_s
        values = self.turns - self.asked.warmups
        if self.special is not None and self.special.result and values > 0:
            return dataclasses.replace(self.special, result=cut(self.special.result, values))
        if self.special is not None:
            return self.special
        return ended(result=result_of(dataclasses.replace(self.asked, values=values), self.time_s))


def cut(result: bytes, values: int) -> bytes:
    """Return a result without the values that there was no turn for; rubbish as it is."""
    try:
        suite = json.loads(result)
        (run,) = suite["benchmarks"][0]["runs"]
    except (ValueError, KeyError):
        return result
    if len(run.get("values", ())) > values:
        run["values"] = run["values"][:values]
        samples = json.loads(suite["metadata"]["gilscope_samples"])
        kept = samples[: len(run["warmups"]) + values]
        suite["metadata"]["gilscope_samples"] = json.dumps(kept)
    return json.dumps(suite, indent=1).encode()


def ended(
    *,
    exit_code: int | None = 0,
    result: bytes | None = None,
    stderr_tail: str = "",
    is_timed_out: bool = False,
) -> Finished:
    """Return a worker's end after half a second."""
    return Finished(
        exit_code=exit_code,
        is_timed_out=is_timed_out,
        duration_s=0.5,
        stderr_tail=stderr_tail,
        result=result,
    )
