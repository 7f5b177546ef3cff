"""``python -m harness bench`` on real interpreters, small: the whole way, and what can go wrong."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.model import Status
from harness.model.plans import PILOT
from harness.planning.plan import pilot_jobs
from harness.storage import experiment_folder
from harness.storage.worker_result import read_run
from tests.paths import ROOT
from tests.unit.export.private import found_in

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interpreters import Provisioned
    from harness.model import Cell, Variant
    from harness.storage.experiment_folder import Experiment

pytestmark = [pytest.mark.integration]
TINY = ("--blocks=1", "--threads=1,2", "--workload=factorize")
TWO_BLOCKS = (*TINY, "--blocks=2")
"""For what happens between blocks; the page of the running experiment costs seconds."""


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def start(tmp_path: Path, *arguments: str, temporary: Path | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable, "-m", "harness", *arguments,
            "--results", str(tmp_path / "results"), "--reports", str(tmp_path / "reports"),
        ],
        cwd=ROOT,
        # A controller that is killed cannot clean up: what it leaves lies in the test's folder.
        env={**os.environ, "TMPDIR": str(temporary or tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def end(process: subprocess.Popen[str]) -> Ended:
    out, err = process.communicate(timeout=300)
    return Ended(process.returncode, out, err)


def run(tmp_path: Path, *arguments: str) -> Ended:
    return end(start(tmp_path, *arguments))


def experiment(tmp_path: Path) -> Experiment:
    (folder,) = experiment_folder.newest_first(tmp_path / "results")
    return experiment_folder.load(folder)


def named(matrix: Provisioned, label: str) -> Variant:
    return next(one for one in matrix.variants if one.label == label)


def given(matrix: Provisioned, *labels: str) -> list[str]:
    return [f"--interpreter={label}={named(matrix, label).build.path}" for label in labels]


def labels(matrix: Provisioned) -> dict[str, str]:
    """Return the labels of the GIL build, the free-threaded one, its GIL arm, and PyPy."""
    kinds = {}
    for one in matrix.variants:
        if one.build.implementation == "pypy":
            kinds["pypy"] = one.label
        elif not one.build.is_free_threaded:
            kinds["gil"] = one.label
        else:
            kinds["free+gil" if one.is_gil_expected else "free"] = one.label
    return kinds


def imitation(tmp_path: Path, real: Variant, in_worker: str) -> Path:
    """Return an interpreter that answers the probe and does ``in_worker`` as a worker."""
    script = tmp_path / "imitation" / "python"
    script.parent.mkdir()
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *workloads*) {in_worker};; esac\nexec {real.build.path} "$@"\n'
    )
    script.chmod(0o755)
    return script


def keys(found: Experiment) -> set[tuple[bool, int, Cell]]:
    """Return the jobs that were done: on a busy host, some of the pilot are done twice."""
    return {one.job.key for one in found.outcomes}


def test_the_default_matrix_is_measured_from_probe_to_page(
    tmp_path: Path, matrix: Provisioned
) -> None:
    ended = run(
        tmp_path, "bench", "--fast", "--time-budget=30s", "--threads=2", "--seed=1",
        "--label=<b>tiny</b>",
    )  # fmt: skip

    assert ended.code == 0, ended.err
    found = experiment(tmp_path)
    plan = found.manifest.plan
    assert set(labels(matrix)) == {"gil", "free", "free+gil", "pypy"}
    assert [one.label for one in plan.variants] == [one.label for one in matrix.variants]
    assert {one.status for one in found.outcomes} == {Status.OK}, found.outcomes
    blocks, rest = divmod(len(keys(found)) - len(pilot_jobs(plan)), len(plan.cells))
    assert blocks >= 1
    assert rest == 0
    expected = {one.label: one.is_gil_expected for one in plan.variants}
    checksums = set()
    for outcome in found.outcomes:
        result = read_run(outcome.run)
        assert result.is_gil_enabled == expected[outcome.job.cell.variant]
        checksums.add((outcome.job.cell.benchmark.workload, result.checksum))
        assert outcome.job.block == PILOT or len(result.values) == outcome.values
        assert result.max_rss_bytes is not None
    assert len(checksums) == len(plan.workloads)
    page = tmp_path / "reports" / found.manifest.id / "index.html"
    assert ended.out.splitlines()[-1] == f"Report: {page}"
    html = page.read_text(encoding="utf-8")
    assert "<b>tiny</b>" not in html
    # A short name may stand in packed data by chance: that is looked at unpacked.
    assert found.manifest.machine.host not in re.sub(r"data:[^\"]*", "", html)
    assert found_in(page.read_bytes(), tmp_path) == []


@pytest.mark.alone
def test_a_free_threaded_build_is_parallel_and_the_others_are_not(
    tmp_path: Path, matrix: Provisioned
) -> None:
    """CPU time ÷ wall time of two threads: more than one core only without the GIL.

    Without it the busiest value counts, as a neighbour may hold the second core for a while; with
    it the typical one, as handing the lock over now and then keeps both busy.
    """
    run(tmp_path, "bench", "--blocks=4", "--threads=2", "--workload=factorize", "--mode=threads")

    cores: dict[str, list[float]] = {}
    for outcome in experiment(tmp_path).outcomes:
        if outcome.job.block != PILOT:
            samples = read_run(outcome.run).samples
            busy = [sample.cpu_s / sample.wall_s for sample in samples]
            cores.setdefault(outcome.job.cell.variant, []).extend(busy)
    kinds = labels(matrix)
    assert max(cores[kinds["free"]]) > 1.2
    typical = {kind: statistics.median(cores[kinds[kind]]) for kind in ("gil", "free+gil", "pypy")}
    assert all(value < 1.2 for value in typical.values()), typical


@pytest.mark.parametrize(
    ("in_worker", "status", "reason"),
    [
        ("echo dying >&2; kill -SEGV $$", Status.FAILED, "ended by SIGSEGV: dying"),
        ("exec sleep 600", Status.TIMED_OUT, "killed after 4 s"),
        ("echo rubbish; exit 0", Status.FAILED, "ended normally but wrote no result"),
        ('for last; do :; done; echo rubbish > "$last"; exit 0', Status.FAILED, "wrote rubbish"),
    ],
    ids=["crash", "hang", "print", "rubbish"],
)
def test_a_broken_interpreter_is_a_row_and_the_rest_goes_on(
    tmp_path: Path, matrix: Provisioned, in_worker: str, status: Status, reason: str
) -> None:
    kinds = labels(matrix)
    broken = imitation(tmp_path, named(matrix, kinds["gil"]), in_worker)

    ended = run(
        tmp_path, "bench", "--blocks=2", "--threads=1", "--workload=factorize", "--mode=threads",
        "--timeout=4", *given(matrix, kinds["gil"]), f"--interpreter=broken={broken}",
    )  # fmt: skip

    assert ended.code == 0, ended.err
    found = experiment(tmp_path)
    bad = [one for one in found.outcomes if one.job.cell.variant == "broken"]
    assert [one.status for one in bad] == [status, status, Status.SKIPPED, Status.SKIPPED]
    assert reason in bad[0].reason
    good = [one for one in found.outcomes if one.job.cell.variant != "broken"]
    assert {one.status for one in good} == {Status.OK}
    assert len({one.job.key for one in good}) == 3
    assert reason in ended.err
    assert "broken" in ended.out


def test_a_gil_that_is_on_against_the_promise_fails_with_the_reason(
    tmp_path: Path, matrix: Provisioned
) -> None:
    kinds = labels(matrix)
    real = named(matrix, kinds["free"])
    liar = imitation(tmp_path, real, "export PYTHON_GIL=1")

    ended = run(tmp_path, "bench", *TINY, f"--interpreter=liar={liar}")

    assert ended.code == 5
    assert "the GIL is on before the work, but this variant promises it off" in ended.err


def wait_for_block(process: subprocess.Popen[str]) -> str:
    """Read the command's progress until its first measured block has begun."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith("block 1"):
            return "".join(lines)
    pytest.fail("".join(lines))


def test_ctrl_c_once_reports_what_there_is_and_resume_finishes_it(
    tmp_path: Path, matrix: Provisioned
) -> None:
    kinds = labels(matrix)
    process = start(tmp_path, "bench", *TWO_BLOCKS, *given(matrix, kinds["gil"], kinds["free"]))
    wait_for_block(process)
    process.send_signal(signal.SIGINT)
    stopped = end(process)

    assert stopped.code == 130
    assert "Stopping after the current job" in stopped.err
    assert "Report: " in stopped.out
    before = experiment(tmp_path)
    planned = 3 * len(before.manifest.plan.cells)
    assert 0 < len(keys(before)) < planned

    resumed = run(tmp_path, "bench", "--resume")

    assert resumed.code == 0, resumed.err
    after = experiment(tmp_path)
    assert len(keys(after)) == planned
    assert after.outcomes[: len(before.outcomes)] == before.outcomes
    assert run(tmp_path, "bench", "--resume").code == 3


def test_ctrl_c_twice_stops_at_once_and_keeps_what_was_written(
    tmp_path: Path, matrix: Provisioned
) -> None:
    kinds = labels(matrix)
    real = named(matrix, kinds["gil"])
    # A worker that announces itself through a pipe, and then never ends.
    ready = tmp_path / "ready"
    os.mkfifo(ready)
    endless = imitation(tmp_path, real, f"echo $$ > {ready}; exec sleep 600")
    process = start(
        tmp_path, "bench", *TINY, *given(matrix, kinds["gil"]), f"--interpreter=endless={endless}"
    )
    worker = int(ready.read_text())
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while "Stopping after the current job" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    stopped = end(process)

    assert stopped.code == 130
    assert "--resume" in stopped.err
    assert {one.job.cell.variant for one in experiment(tmp_path).outcomes} == {kinds["gil"]}
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def test_a_killed_controller_leaves_a_journal_that_resumes(
    tmp_path: Path, matrix: Provisioned
) -> None:
    process = start(tmp_path, "bench", *TWO_BLOCKS, *given(matrix, labels(matrix)["gil"]))
    wait_for_block(process)
    process.kill()
    end(process)
    (folder,) = experiment_folder.newest_first(tmp_path / "results")
    with (folder / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"job":{"blo')

    resumed = run(tmp_path, "bench", "--resume")

    assert resumed.code == 0, resumed.err
    assert "last line was torn" in resumed.err
    assert len(keys(experiment(tmp_path))) == 3 * len(experiment(tmp_path).manifest.plan.cells)


@pytest.mark.traced
def test_a_run_is_alone_in_its_folder_and_on_standard_output(
    tmp_path: Path, matrix: Provisioned
) -> None:
    import pyperf  # noqa: PLC0415 - only here, and it is slow to import

    process = start(tmp_path, "bench", *TINY, "--json", *given(matrix, labels(matrix)["free"]))
    wait_for_block(process)
    refused = run(tmp_path, "bench", "--resume")
    ended = end(process)

    assert refused.code == 6
    assert "is being written by another run" in refused.err
    assert ended.code == 0, ended.err
    document = msgspec.json.decode(ended.out)
    assert document["blocks_done"] == 1
    assert {cell["benchmark"] for cell in document["cells"]} == {
        "factorize/threads=1", "factorize/threads=2",
        "factorize/processes=1", "factorize/processes=2",
    }  # fmt: skip
    # What a worker wrote is pyperf's own format.
    outcome = experiment(tmp_path).outcomes[-1]
    suite = pyperf.BenchmarkSuite.loads(bytes(outcome.run).decode())
    (benchmark,) = suite.get_benchmarks()
    assert benchmark.get_name() == outcome.job.cell.benchmark.name
    assert benchmark.get_nvalue() == outcome.values == len(outcome.turns)
    # Every cell had one turn in each round, in an order of its own, and pinned threads.
    block = [one for one in experiment(tmp_path).outcomes if one.job.block == 1]
    rounds = {tuple(turn.round for turn in one.turns) for one in block}
    assert rounds == {tuple(range(1, outcome.values + 1))}
    for turns in zip(*(one.turns for one in block), strict=True):
        assert sorted(turn.position for turn in turns) == list(range(len(block)))
    assert {(one.is_pinned, one.unpinned) for one in block} == {(True, "")}
    assert {len(set(one.cpus)) for one in block} == {1, 2}


@pytest.mark.parametrize("name", ["SIGHUP", "SIGTERM"])
def test_a_closed_terminal_ends_the_workers_and_makes_the_page(
    tmp_path: Path, matrix: Provisioned, name: str
) -> None:
    number = getattr(signal, name)
    process = start(tmp_path, "bench", *TWO_BLOCKS, *given(matrix, labels(matrix)["gil"]))
    wait_for_block(process)
    process.send_signal(number)
    stopped = end(process)

    assert stopped.code == 128 + number
    assert f"stopped by {name}: everything measured so far is kept" in stopped.err
    found = experiment(tmp_path)
    assert f"--resume {found.manifest.id}" in stopped.err
    assert (tmp_path / "reports" / found.manifest.id / "index.html").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"results", "reports"}


def test_a_temporary_folder_that_vanishes_ends_the_run_with_a_sentence_and_a_page(
    tmp_path: Path, matrix: Provisioned
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    real = named(matrix, labels(matrix)["gil"])
    away = imitation(tmp_path, real, f"mv {temporary} {tmp_path}/away")

    process = start(tmp_path, "bench", *TINY, f"--interpreter=away={away}", temporary=temporary)
    stopped = end(process)

    assert stopped.code == 6
    assert "Traceback" not in stopped.err
    assert "a worker cannot be started in" in stopped.err
    assert "Unfinished: continue with" in stopped.err
