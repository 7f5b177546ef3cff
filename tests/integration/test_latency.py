"""Workloads that talk to other processes, on the real interpreters: answers in time, no traces.

A machine that is busy with something else makes every answer late. So only commands that
were themselves sent on time are judged, at least a thousand of them, and a verdict may be
tried again.
"""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psutil
import pytest

from harness.execution.worker_site import worker_path
from harness.interpreters import cache_root
from harness.storage.worker_result import RunData, read_run
from tests.integration.test_bench import labels, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.interpreters import Provisioned
    from harness.model import Variant

pytestmark = [pytest.mark.integration]
KINDS = ("gil", "free", "free+gil", "pypy")
REQUESTS = 1000
LOOPS = 4
"""Of a hundred commands each: as many as a default run asks of a worker, or about."""
MAX_WORKERS = 7
ATTEMPTS = 4
ON_TIME_S = 0.001
CONVOY_S = 0.004
"""The switch interval is 5 ms; a wait of nearly that long is a wait for the GIL."""
PATIENCE_S = 30.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder for files that is not in memory where the tests' own may be."""
    made = Path(tempfile.mkdtemp(prefix="gilscope-test-"))
    yield made
    shutil.rmtree(made)


def start(variant: Variant, *options: str, output: Path, loops: int = 1) -> subprocess.Popen[str]:
    promise = "on" if variant.is_gil_expected else "off"
    return subprocess.Popen(
        [
            variant.build.path, "-m", "workloads", *options, f"--expect-gil={promise}",
            "--worker", "--worker-task=0", f"-l{loops}", "-w0", "-n1", "-o", str(output),
        ],
        cwd=output.parent,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(str(path) for path in worker_path(cache_root())),
            "PYTHONPYCACHEPREFIX": str(output.parent / "bytecode" / variant.label),
            **dict(variant.environment),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


def run(variant: Variant, *options: str, folder: Path, loops: int = 1) -> RunData:
    output = folder / "result.json"
    output.unlink(missing_ok=True)
    process = start(variant, *options, output=output, loops=loops)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return read_run(output.read_bytes())


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]


def responses(variant: Variant, *options: str, computing: int, folder: Path) -> list[float]:
    """Return the response times of a thousand commands that were sent on time, seconds."""
    found: list[float] = []
    for _ in range(MAX_WORKERS):
        result = run(
            variant, "--workload=remote_control", f"--threads={computing + 1}", *options,
            folder=folder, loops=LOOPS,
        )  # fmt: skip
        (sample,) = result.samples
        assert result.checksum == "100"
        found += [
            response_s
            for response_s, delay_s in zip(
                sample.notes["response_s"], sample.notes["send_delay_s"], strict=True
            )
            if delay_s < ON_TIME_S
        ]
        if len(found) >= REQUESTS:
            return found
    pytest.fail(f"only {len(found)} commands were sent on time: this machine is too busy")


@contextlib.contextmanager
def computing_process() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def eventually(verdict: Callable[[], str]) -> None:
    """Fail when ``verdict`` finds something wrong every time."""
    found = []
    for _ in range(ATTEMPTS):
        wrong = verdict()
        if not wrong:
            return
        found.append(wrong)
    pytest.fail("; ".join(found))


@pytest.mark.alone
@pytest.mark.parametrize("kind", ["gil", "free+gil"])
def test_one_computing_thread_makes_answers_late_with_the_gil(
    tmp_path: Path, matrix: Provisioned, kind: str
) -> None:
    variant = named(matrix, labels(matrix)[kind])

    def verdict() -> str:
        alone = responses(variant, computing=0, folder=tmp_path)
        beside = responses(variant, computing=1, folder=tmp_path)
        short = responses(
            variant, '--settings={"switch_interval_s": 0.0005}', computing=1, folder=tmp_path
        )
        p99 = quantile(beside, 0.99)
        if p99 < 10 * quantile(alone, 0.99) and p99 < CONVOY_S:
            return f"no convoy: p99 {p99:.6f} s"
        if quantile(alone, 0.5) > CONVOY_S / 4:
            return f"late without a computing thread: p50 {quantile(alone, 0.5):.6f} s"
        if quantile(short, 0.5) > quantile(beside, 0.5) / 2:
            return f"no quicker with a shorter interval: p50 {quantile(short, 0.5):.6f} s"
        return ""

    eventually(verdict)


@pytest.mark.alone
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs a core to spare")
def test_one_computing_thread_makes_no_answer_late_without_the_gil(
    tmp_path: Path, matrix: Provisioned
) -> None:
    variant = named(matrix, labels(matrix)["free"])

    def verdict() -> str:
        found = responses(variant, computing=1, folder=tmp_path)
        p50, p99 = quantile(found, 0.5), quantile(found, 0.99)
        if p50 >= CONVOY_S / 4:
            return f"half of all answers are late: p50 {p50:.6f} s"
        if p99 < CONVOY_S:
            return ""
        # Perhaps no core is to spare just now: then another process computing does the same.
        with computing_process():
            control = quantile(responses(variant, computing=0, folder=tmp_path), 0.99)
        return f"p99 {p99:.6f} s, with another process {control:.6f} s" * (p99 > 2 * control)

    eventually(verdict)


def test_the_switch_interval_is_set_and_recorded(tmp_path: Path, matrix: Provisioned) -> None:
    for kind in KINDS:
        variant = named(matrix, labels(matrix)[kind])
        run(
            variant, "--workload=factorize", "--threads=1",
            '--settings={"switch_interval_s": 0.0005}',
            folder=tmp_path,
        )  # fmt: skip
        result = msgspec.json.decode((tmp_path / "result.json").read_bytes())
        assert result["metadata"]["gilscope_switch_interval"] == pytest.approx(0.0005)


def test_every_build_and_mode_finds_the_same(
    tmp_path: Path, matrix: Provisioned, folder: Path
) -> None:
    for name, mode in (
        ("file_io", "threads"), ("file_io", "processes"),
        ("socket_io", "threads"), ("socket_io", "asyncio"),
        ("blocking_io", "threads"), ("blocking_io", "asyncio"),
    ):  # fmt: skip
        options = (f"--workload={name}", f"--mode={mode}", "--threads=2", f"--folder={folder}")
        found = {
            run(named(matrix, labels(matrix)[kind]), *options, folder=tmp_path).checksum
            for kind in KINDS
        }
        assert len(found) == 1, (name, mode, found)


def when(condition: Callable[[], bool]) -> None:
    """Wait for another process to get somewhere."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def is_gone(process: psutil.Process) -> bool:
    """Return whether a process has ended, be it that nobody has collected it yet."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def companions(worker: psutil.Process) -> list[psutil.Process]:
    """Return the children that run a module of ours, not what pyperf asks about the machine."""
    found = []
    for child in worker.children():
        try:
            words = child.cmdline()
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        if any(word.startswith("workloads.") for word in words):
            found.append(child)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stage", ["starting", "connected"])
@pytest.mark.parametrize("name", ["socket_io", "remote_control"])
def test_nothing_outlives_a_worker_that_is_killed(
    tmp_path: Path, matrix: Provisioned, name: str, stage: str, kind: str
) -> None:
    variant = named(matrix, labels(matrix)[kind])
    process = start(
        variant, f"--workload={name}", "--threads=2", output=tmp_path / "result.json", loops=10_000
    )
    worker = psutil.Process(process.pid)
    try:
        when(lambda: bool(companions(worker)))
        (child,) = companions(worker)
        if stage == "connected":
            when(lambda: any(one.status == "ESTABLISHED" for one in child.net_connections()))
    finally:
        process.kill()
        process.communicate()

    try:
        when(lambda: is_gone(child))
    except AssertionError:
        child.kill()
        raise


@pytest.mark.parametrize("kind", KINDS)
def test_no_file_outlives_a_worker_that_is_killed(
    tmp_path: Path, matrix: Provisioned, folder: Path, kind: str
) -> None:
    variant = named(matrix, labels(matrix)[kind])
    process = start(
        variant, "--workload=file_io", "--threads=2", f"--folder={folder}",
        output=tmp_path / "result.json", loops=100_000,
    )  # fmt: skip

    def open_files() -> int:
        links = []
        for link in Path(f"/proc/{process.pid}/fd").iterdir():
            try:
                links.append(str(link.readlink()))
            except FileNotFoundError:
                continue
        return sum(link.startswith(str(folder)) for link in links)

    try:
        when(lambda: open_files() == 2)
    finally:
        process.kill()
        process.communicate()

    assert [*folder.iterdir()] == []
