"""The worker side, run here in the controller's own interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from types import SimpleNamespace

import msgspec
import pytest

from harness.execution.worker_command import launch_of, pilot_calibration
from harness.planning.plan import jobs_of_block
from tests.unit import fakes
from workloads import gil, jit, memory
from workloads.gang import Serial, ThreadGang, WorkloadError, private_part
from workloads.lesson import NUMBERS
from workloads.lookup import find, load_families
from workloads.processes import ProcessGang
from workloads.registry import Part, Workload, registered, workload


def made(function: object, **changes: object) -> Workload:
    facts: dict[str, object] = {
        "name": "made", "function": function, "kind": "cpu", "scaling": "strong",
        "modes": ("threads",), "size": 8, "expectation": "", "tags": (),
        "thread_counts": None, "value_s": None, "units": 1, "has_own_threads": False,
    }  # fmt: skip
    return Workload(**{**facts, **changes})  # type: ignore[arg-type]


def run(subject: Workload, threads: int, loops: int = 1) -> int:
    gang = ThreadGang(subject, threads)
    try:
        return gang.run(loops).checksum
    finally:
        gang.close()


def test_equal_chunks_cover_everything_once() -> None:
    for count in range(1, 20):
        covered = [
            number for index in range(count) for number in range(*Part(index, count, 100).bounds())
        ]
        assert covered == list(range(100))


@pytest.mark.parametrize("threads", [1, 2, 3, 4, 7])
def test_factorize_has_one_checksum_at_every_thread_count(threads: int) -> None:
    factorize = find("factorize")
    divisors = [n for n in range(1, factorize.size + 1) if factorize.size % n == 0]

    assert len(divisors) == 240
    assert run(factorize, threads) == sum(divisors)


def test_factorize_in_processes_has_the_checksum_of_threads() -> None:
    factorize = find("factorize")
    gang = ProcessGang(factorize, 2)
    try:
        first, second = gang.run(1), gang.run(2)
    finally:
        gang.close()

    assert first.checksum == second.checksum == run(factorize, 1)
    assert first.wall_s > 0
    assert first.cpu_s > 0


@pytest.mark.no_cover
def test_the_lesson_is_the_same_in_its_threads_and_in_a_row() -> None:
    lesson = find("lesson")
    expected = sum(n for number in NUMBERS for n in range(1, number + 1) if number % n == 0)

    assert Serial(lesson, 1).run(1).checksum == expected
    assert Serial(lesson, 4).run(1).checksum == expected


def test_blocking_io_really_waits() -> None:
    sample_gang = ThreadGang(find("blocking_io"), 2)
    try:
        sample = sample_gang.run(1)
    finally:
        sample_gang.close()

    assert sample.checksum == 5
    assert sample.wall_s >= 0.5
    assert sample.cpu_s < sample.wall_s


def test_threads_live_across_values_and_end_with_the_gang() -> None:
    seen = []
    before = threading.active_count()

    def note(part: Part) -> int:
        seen.append((part.index, threading.get_ident()))
        return 1

    gang = ThreadGang(made(note), 3)
    gang.run(2)
    gang.run(1)
    gang.close()

    assert len(seen) == 9
    assert len(set(seen)) == 3
    assert threading.active_count() == before


def test_an_exception_in_one_thread_names_it() -> None:
    def fail(part: Part) -> int:
        if part.index == 2:
            raise ValueError("boom")
        return sum(range(10_000)) and 1

    for _ in range(50):  # the others may be anywhere when the third has failed
        with pytest.raises(WorkloadError, match="thread 3 of 4 raised ValueError: boom"):
            run(made(fail), 4)


def test_a_checksum_that_changes_from_loop_to_loop_is_an_error() -> None:
    calls = iter(range(100))

    with pytest.raises(WorkloadError, match="checksum 1 after 0"):
        run(made(lambda part: next(calls)), 1, loops=3)  # noqa: ARG005


def test_threads_of_a_weak_workload_must_agree() -> None:
    with pytest.raises(WorkloadError, match="different checksums"):
        run(made(lambda part: part.index, scaling="weak"), 2)


def test_every_thread_has_a_size_object_of_its_own() -> None:
    big = made(lambda part: part.index, size=10**6)
    parts = [private_part(big, index, 4) for index in range(4)]

    assert len({id(part.size) for part in parts}) == 4
    assert {part.size for part in parts} == {10**6}


def test_a_workload_is_registered_once_with_a_docstring_and_known_words() -> None:
    def factorize(part: Part) -> int:
        """Twice."""
        return part.index

    def silent(part: Part) -> int:
        return part.index

    def odd(part: Part) -> int:
        """Be odd."""
        return part.index

    with pytest.raises(ValueError, match="registered twice"):
        workload(kind="cpu", scaling="strong", expectation="")(factorize)
    with pytest.raises(ValueError, match="no docstring"):
        workload(kind="cpu", scaling="strong", expectation="")(silent)
    with pytest.raises(ValueError, match="kind 'gpu' is not one of"):
        workload(kind="gpu", scaling="strong", expectation="")(odd)
    assert "odd" not in registered()


def test_every_workload_says_what_to_expect() -> None:
    for one in load_families().values():
        assert one.summary
        assert one.expectation
        assert "Isolates:" in str(one.function.__doc__)


def test_an_unknown_workload_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"known: .*factorize.*lesson"):
        find("nothing")


def test_a_gil_that_is_not_as_promised_is_an_error_that_names_the_import(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: True, raising=False)
    is_on = []

    class Loader:
        def create_module(self, spec: SimpleNamespace) -> object:
            is_on.extend([1] if spec.name == "numpy._core" else [])
            return spec

    monkeypatch.setattr(gil, "_culprits", [])
    monkeypatch.setattr(gil, "is_enabled", lambda: bool(is_on))
    monkeypatch.setattr("importlib.machinery.ExtensionFileLoader", Loader)
    gil.watch()

    for name in ("good", "numpy._core", "numpy.other"):
        Loader().create_module(SimpleNamespace(name=name))

    gil.check(expected=True, when="before")
    with pytest.raises(gil.GilStateError) as raised:
        gil.check(expected=False, when="after")
    assert str(raised.value) == "importing 'numpy._core' turned the GIL back on"
    assert gil.read_turned_on(f"exit status 3: GilStateError: {raised.value}") == "numpy._core"


def test_a_gil_that_is_on_for_another_reason_is_an_error_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gil, "_culprits", [])
    monkeypatch.setattr(gil, "is_enabled", lambda: True)

    with pytest.raises(gil.GilStateError, match=r"is on before the work, but .* promises it off"):
        gil.check(expected=False, when="before")


def test_a_failure_of_an_earlier_version_names_the_import_too() -> None:
    was = "GilStateError: the GIL is on after the work, but this variant promises it off, turned on"

    assert gil.read_turned_on(f"{was} by importing 'bitarray._bitarray'") == "bitarray._bitarray"
    assert gil.read_turned_on("exit status 1: importing 'x' failed") is None


def test_an_interpreter_that_cannot_say_has_its_gil_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sys, "_is_gil_enabled", raising=False)

    assert gil.is_enabled()


def fake_jit(*, is_on: bool, is_built: bool = True) -> SimpleNamespace:
    """Return ``sys._jit`` of a build that has a JIT, or of one that has none."""
    return SimpleNamespace(is_available=lambda: is_built, is_enabled=lambda: is_on)


@pytest.mark.parametrize("is_on", [True, False])
def test_a_jit_that_is_not_as_promised_is_an_error(
    monkeypatch: pytest.MonkeyPatch, *, is_on: bool
) -> None:
    monkeypatch.setattr(sys, "_jit", fake_jit(is_on=is_on), raising=False)
    words = {True: "on", False: "off"}

    jit.check(expected=is_on, when="before")
    message = f"the JIT is {words[is_on]} after the work, but this variant promises it "
    with pytest.raises(jit.JitStateError, match=message + words[not is_on]):
        jit.check(expected=not is_on, when="after")


def test_a_jit_that_is_not_built_in_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_jit", fake_jit(is_on=True, is_built=False), raising=False)

    assert jit.is_enabled() is False


def test_no_jit_is_promised_where_it_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sys, "_jit", raising=False)

    assert jit.is_enabled() is None
    with pytest.raises(jit.JitStateError, match="unknown to this interpreter"):
        jit.check(expected=False, when="before")


@pytest.mark.parametrize(
    ("name", "state", "environment", "promise"),
    [
        ("3.14", "none", (("PYTHON_JIT", "1"),), ()),
        ("3.14", "off", (), ("--expect-jit=off",)),
        ("3.14", "off", (("PYTHON_JIT", "1"),), ("--expect-jit=on",)),
        ("3.14", "on", (("PYTHON_JIT", "0"),), ("--expect-jit=off",)),
        ("pypy", "on", (), ()),
    ],
)
def test_workers_are_told_what_their_jit_must_be(
    name: str,
    state: str,
    environment: tuple[tuple[str, str], ...],
    promise: tuple[str, ...],
) -> None:
    plan = fakes.plan((name,), workloads=("factorize",), threads=(1,))
    made = msgspec.structs.replace(
        plan.variants[0], build=fakes.build(name, jit=state), environment=environment
    )
    plan = msgspec.structs.replace(plan, variants=(made,))
    launch = launch_of(
        jobs_of_block(plan, 1)[0],
        plan=plan,
        machine=fakes.TWO_CPUS,
        site=fakes.SITE,
        calibration=pilot_calibration(plan),
    )

    assert tuple(word for word in launch.command if "jit" in word) == promise


def worker(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workloads", "--workload=factorize", "--expect-gil=on"]
    return subprocess.run(
        [*command, *options, "--worker", "--worker-task=0", "-l1", "-w1", "-n1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.skipif(hasattr(sys, "_jit"), reason="this interpreter can say")
def test_a_broken_promise_of_the_jit_ends_a_worker_with_one_sentence() -> None:
    ended = worker("--expect-jit=on")

    assert ended.returncode == 3
    assert ended.stderr.splitlines()[-1].startswith("JitStateError: the JIT is unknown")


def test_a_process_with_another_jit_than_its_parent_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gang = ProcessGang(find("factorize"), 2)
    try:
        monkeypatch.setattr(sys, "_jit", fake_jit(is_on=True), raising=False)
        with pytest.raises(WorkloadError, match="JIT of worker 1 of 2 is not in its parent's"):
            gang.run(1)
    finally:
        gang.close()


def test_peak_memory_is_the_workers_own_and_not_its_starters() -> None:
    """``ru_maxrss`` would be the larger of the two: it survives exec."""
    ballast = bytearray(200 * 2**20)
    code = "import os; from workloads.memory import peak_rss; print(peak_rss([os.getpid()]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert len(ballast) > 10 * 2**20
    assert int(done.stdout) < 100 * 2**20


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("<script>", 1.0, "a note is called '<script>'"),
        ("Pause", 1.0, "a note is called 'Pause'"),
        ("x" * 61, 1.0, "a note is called"),
        ("pause_s", float("nan"), "the note pause_s is nan: note a finite number"),
        ("pause_s", float("inf"), "the note pause_s is inf"),
        ("pause_s", "long", "the note pause_s is 'long'"),
        ("pause_s", 2.0**60, "the note pause_s is"),
    ],
)
def test_a_note_that_nobody_could_show_is_an_error(name: str, value: object, message: str) -> None:
    def noting(part: Part) -> int:
        part.note(name, value)  # type: ignore[arg-type]
        return 1

    gang = ThreadGang(made(noting), 1)
    with pytest.raises(WorkloadError) as caught:
        gang.run(1)

    assert message in str(caught.value)


def test_a_gang_of_processes_reports_the_memory_of_all() -> None:
    gang = ProcessGang(find("factorize"), 2)
    try:
        gang.run(1)
        both = memory.peak_rss(gang.pids())
        together = memory.pss(gang.pids())
    finally:
        gang.close()

    assert both is not None
    assert both > 10 * 2**20
    # They share the pages of the interpreter: together they take less than one by one.
    assert together is not None
    assert 2**20 < together < both


def test_memory_of_a_process_that_is_gone_is_unknown() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    assert memory.pss([gone.pid]) is None
    assert memory.peak_rss([os.getpid(), gone.pid]) is None


def test_a_process_that_dies_is_named_with_its_end() -> None:
    gang = ProcessGang(find("factorize"), 2)
    child = gang._channels[1]._process  # type: ignore[attr-defined]
    child.kill()
    child.wait()

    with pytest.raises(WorkloadError, match="worker 2 of 2 ended with -9"):
        gang.run(1)
    gang.close()
