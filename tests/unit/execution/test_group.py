"""Groups take turns in rounds: their order, their faults, and where they may be stopped."""

from __future__ import annotations

import contextlib
import dataclasses
import signal
import types
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.execution import group
from harness.execution.scheduler import Step, walk
from harness.model import Outcome, Plan, Status
from tests.unit import fakes
from tests.unit.fakes import Asked, CalmCanaries, FakeLauncher, FakeWorker
from workloads.turns import DONE, GO

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.execution.launcher import Finished, Launch, Worker
    from harness.machine import Surroundings

ROUNDS = 8
WARMUPS = 5
"""Of each CPython here: 0.1 s in values of 20 ms."""
PLAN = fakes.plan(
    ("3.14", "3.14t"), workloads=("factorize",), threads=(1, 2), blocks=2, values=ROUNDS
)
CELLS = len(PLAN.cells)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with a worker of a group."""

    turn: int
    """In which of its turns, warm-ups included; 0 for its start."""
    message: bytes | None
    """What it writes instead; ``None`` for a worker that hangs."""
    finished: Finished


@dataclasses.dataclass
class FaultyWorker(FakeWorker):
    """A worker that may go wrong, and tells a log of its turns."""

    fault: Fault | None = None
    log: list[Asked] = dataclasses.field(default_factory=list)
    is_killed: bool = False
    is_finished: bool = False

    def __post_init__(self) -> None:
        """Go wrong at once, perhaps."""
        super().__post_init__()
        self._go_wrong()

    def send(self, token: bytes) -> None:
        """Do a turn, and go wrong in it, perhaps."""
        super().send(token)
        if token == GO:
            self.log.append(self.asked)
            self._go_wrong()

    def _go_wrong(self) -> None:
        if self.fault is not None and self.fault.turn == self.turns:
            self.messages[:] = [] if self.fault.message is None else [self.fault.message]

    def kill(self) -> None:
        """Note it."""
        self.is_killed = True

    def finish(self, timeout_s: float) -> Finished:
        """Return how it ended."""
        self.is_finished = True
        if self.fault is not None and self.turns >= self.fault.turn:
            return self.fault.finished
        return super().finish(timeout_s)


@dataclasses.dataclass
class Clock:
    """Time passes only while the launcher waits in vain."""

    now_s: float = 100.0

    def read(self) -> float:
        """Return the time."""
        return self.now_s


@dataclasses.dataclass
class FaultyLauncher(FakeLauncher):
    """Starts groups whose workers go wrong as ``fault_of`` says."""

    fault_of: Callable[[Asked], Fault | None] = lambda asked: None  # noqa: ARG005
    clock: Clock = dataclasses.field(default_factory=Clock)
    workers: list[FaultyWorker] = dataclasses.field(default_factory=list)
    turns: list[Asked] = dataclasses.field(default_factory=list)
    """Every turn that was granted, in order."""
    most_at_once: int = 0
    """The most workers that were waited for together: those that start or warm up."""

    def start(self, launch: Launch) -> FaultyWorker:
        """Return a worker."""
        usual = super().start(launch)
        worker = FaultyWorker(
            asked=usual.asked,
            time_s=usual.time_s,
            special=usual.special,
            fault=self.fault_of(usual.asked),
            log=self.turns,
        )
        self.workers.append(worker)
        return worker

    def ready(self, workers: Sequence[Worker], timeout_s: float) -> list[Worker]:
        """Return the workers with a message, or let the time pass."""
        self.most_at_once = max(self.most_at_once, len(workers))
        found = super().ready(workers, timeout_s)
        if not found:
            self.clock.now_s += timeout_s
        return found


@dataclasses.dataclass
class Walked:
    """What a walk left behind."""

    launcher: FaultyLauncher
    outcomes: list[Outcome]
    saves: list[int]
    """How many outcomes were saved at once."""
    is_finished: bool

    def timed(self, block: int | None = None) -> list[Outcome]:
        """Return the outcomes of timed jobs, of one block or of all."""
        return [one for one in self.outcomes if one.job.is_timed and block in (None, one.job.block)]

    def order(self, block: int) -> list[list[str]]:
        """Return the names of the cells in each round of a block, in the recorded order."""
        turns = sorted(
            (turn.round, turn.position, one.job.cell.name)
            for one in self.timed(block)
            for turn in one.turns
        )
        last = max(number for number, _, _ in turns)
        return [[name for at, _, name in turns if at == number] for number in range(1, last + 1)]


@pytest.fixture
def launcher(monkeypatch: pytest.MonkeyPatch) -> FaultyLauncher:
    """Return a launcher whose waiting makes the time of groups pass."""
    found = FaultyLauncher()
    clock = types.SimpleNamespace(monotonic=found.clock.read, perf_counter=found.clock.read)
    monkeypatch.setattr(group, "time", clock)
    return found


def walked(
    launcher: FaultyLauncher,
    plan: Plan = PLAN,
    *,
    stop_in: tuple[int, int] | None = None,
    done: Sequence[Outcome] = (),
    around: Surroundings = fakes.AROUND,
) -> Walked:
    """Walk a plan; ``stop_in`` is the block and round in which the user asks to stop."""
    outcomes: list[Outcome] = []
    saves: list[int] = []
    is_stopped = False

    def tell(step: Step) -> None:
        nonlocal is_stopped
        is_stopped |= bool(step.rounds) and (step.job.block, step.round) == stop_in

    def save(found: Sequence[Outcome]) -> None:
        saves.append(len(found))
        outcomes.extend(found)

    is_finished = walk(
        plan,
        machine=fakes.TWO_CPUS,
        site=fakes.SITE,
        launcher=launcher,
        around=around,
        done=tuple(done),
        save=save,
        tell=tell,
        is_stopped=lambda: is_stopped,
    )
    return Walked(launcher, outcomes, saves, is_finished)


def test_every_cell_has_a_turn_in_every_round(launcher: FaultyLauncher) -> None:
    found = walked(launcher)

    names = {cell.name for cell in PLAN.cells}
    for block in (1, 2):
        assert [len(order) for order in found.order(block)] == [CELLS] * ROUNDS
        assert all(set(order) == names for order in found.order(block))
    for one in found.timed():
        assert [turn.round for turn in one.turns] == [*range(1, ROUNDS + 1)]
        assert one.status is Status.OK
        assert one.share_s is not None
    for number in range(1, ROUNDS + 1):
        turns = [turn for one in found.timed(1) for turn in one.turns if turn.round == number]
        assert {turn.position for turn in turns} == {*range(CELLS)}


def test_the_recorded_order_is_that_of_the_tokens(launcher: FaultyLauncher) -> None:
    found = walked(launcher)

    granted = [f"{one.label} {one.name}" for one in launcher.turns]
    recorded = [[name for order in found.order(block) for name in order] for block in (1, 2)]
    half, warmups = len(granted) // 2, WARMUPS * CELLS
    assert [granted[warmups:half], granted[half + warmups :]] == recorded


def test_the_order_comes_from_the_seed_and_is_new_in_each_round() -> None:
    def orders(plan: Plan) -> list[list[str]]:
        found = walked(FaultyLauncher(), plan)
        return [*found.order(1), *found.order(2)]

    first = orders(PLAN)
    other = orders(msgspec.structs.replace(PLAN, seed=PLAN.seed + 1))

    assert orders(PLAN) == first
    assert other != first
    # Of 16 orders out of 720 hardly any are equal.
    assert len({tuple(order) for order in first}) >= 12
    assert len({order[0] for order in first}) >= CELLS - 2


def test_a_group_is_saved_at_once_and_a_pilot_alone(launcher: FaultyLauncher) -> None:
    found = walked(launcher, fakes.plan(("3.14", "3.14t"), workloads=fakes.THREE, blocks=1))

    groups = Counter(one.job.cell.benchmark.workload for one in found.timed())
    pilots = len(found.outcomes) - groups.total()
    assert found.saves[:pilots] == [1] * pilots
    assert Counter(found.saves[pilots:]) == Counter(groups.values())


@pytest.mark.parametrize(
    ("cpus", "most"), [(1, 1), (2, 2), (4, 4), (0, 1)], ids=["one", "two", "four", "unknown"]
)
def test_as_many_workers_start_at_once_as_there_are_cpus(
    launcher: FaultyLauncher, cpus: int, most: int
) -> None:
    walked(launcher, msgspec.structs.replace(PLAN, cpus=cpus))

    assert launcher.most_at_once == most


CRASH = fakes.ended(exit_code=-signal.SIGSEGV, stderr_tail="boom\n")
KILLED = fakes.ended(exit_code=-signal.SIGKILL)
HUNG = fakes.ended(exit_code=-signal.SIGKILL, is_timed_out=True)
NOT_THERE = fakes.ended(exit_code=None, stderr_tail="python cannot be started: gone")
FAULTS = {
    "ends in a round": (
        Fault(turn=WARMUPS + 3, message=b"", finished=CRASH),
        (Status.FAILED, "ended by SIGSEGV: boom"),
    ),
    "ends in its last turn": (
        Fault(turn=WARMUPS + ROUNDS, message=b"", finished=CRASH),
        (Status.FAILED, "ended by SIGSEGV: boom"),
    ),
    "ends badly after its last turn": (
        Fault(turn=WARMUPS + ROUNDS, message=DONE, finished=CRASH),
        (Status.FAILED, "ended by SIGSEGV: boom"),
    ),
    "ends while it warms up": (
        Fault(turn=2, message=b"", finished=CRASH),
        (Status.FAILED, "ended by SIGSEGV: boom"),
    ),
    "writes rubbish in a round": (
        Fault(turn=WARMUPS + 3, message=b"?", finished=KILLED),
        (Status.FAILED, "the worker wrote rubbish on its channel: b'?'"),
    ),
    "writes rubbish at its start": (
        Fault(turn=0, message=b"?", finished=KILLED),
        (Status.FAILED, "the worker wrote rubbish on its channel: b'?'"),
    ),
    "hangs in a round": (
        Fault(turn=WARMUPS + 3, message=None, finished=HUNG),
        (Status.TIMED_OUT, "killed after 0 s: it hung, or needs a longer --timeout"),
    ),
    "hangs while it warms up": (
        Fault(turn=2, message=None, finished=HUNG),
        (Status.TIMED_OUT, "killed after 0 s: it hung, or needs a longer --timeout"),
    ),
    "hangs at its start": (
        Fault(turn=0, message=None, finished=HUNG),
        (Status.TIMED_OUT, "killed after 0 s: it hung, or needs a longer --timeout"),
    ),
    "is not there": (
        Fault(turn=0, message=b"", finished=NOT_THERE),
        (Status.FAILED, "python cannot be started: gone"),
    ),
}


def is_bad(asked: Asked) -> bool:
    """Return whether it is the worker that goes wrong here."""
    return (asked.label, asked.mode, asked.threads) == ("3.14t", "threads", 2)


@pytest.mark.parametrize(("fault", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_worker_that_goes_wrong_fails_and_the_others_have_all_their_rounds(
    launcher: FaultyLauncher, fault: Fault, expected: tuple[Status, str]
) -> None:
    launcher.fault_of = lambda asked: fault if is_bad(asked) else None

    found = walked(launcher, msgspec.structs.replace(PLAN, order=PLAN.order[:1], preset=ONE_BLOCK))

    assert found.is_finished
    (bad,) = [one for one in found.timed() if one.status is not Status.OK]
    assert bad.job.cell.name == "3.14t factorize/threads=2"
    assert (bad.status, bad.reason) == expected
    assert (bad.turns, bytes(bad.run)) == ((), b"null")
    others = [one for one in found.timed() if one is not bad]
    assert len(others) == CELLS - 1
    assert {len(one.turns) for one in others} == {ROUNDS}
    assert all(worker.is_finished for worker in launcher.workers)


ONE_BLOCK = msgspec.structs.replace(PLAN.preset, blocks=1)


def test_a_worker_that_hangs_is_killed_after_its_timeout(launcher: FaultyLauncher) -> None:
    hung = Fault(turn=WARMUPS + 3, message=None, finished=HUNG)
    launcher.fault_of = lambda asked: hung if is_bad(asked) else None

    walked(launcher, msgspec.structs.replace(PLAN, order=PLAN.order[:1], preset=ONE_BLOCK))

    assert [worker.is_killed for worker in launcher.workers] == [
        is_bad(worker.asked) for worker in launcher.workers
    ]
    assert launcher.clock.now_s == pytest.approx(100 + PLAN.preset.timeout_s)


def test_a_worker_that_ends_well_before_its_last_turn_has_failed(launcher: FaultyLauncher) -> None:
    def early(asked: Asked) -> Fault | None:
        result = fakes.result_of(dataclasses.replace(asked, values=2), 0.02)
        ended = fakes.ended(result=result)
        return Fault(turn=WARMUPS + 4, message=b"", finished=ended) if is_bad(asked) else None

    launcher.fault_of = early

    (bad, *_) = [one for one in walked(launcher).timed() if one.status is not Status.OK]

    assert bad.reason == "the worker wrote 2 values of 3 turns"


def test_a_cell_that_failed_twice_is_a_skipped_row_and_its_worker_is_not_started(
    launcher: FaultyLauncher,
) -> None:
    crash = Fault(turn=WARMUPS + 1, message=b"", finished=CRASH)
    launcher.fault_of = lambda asked: crash if is_bad(asked) else None
    plan = fakes.plan(
        ("3.14", "3.14t"), workloads=("factorize",), threads=(1, 2), blocks=4, values=ROUNDS
    )

    found = walked(launcher, plan)

    name = "3.14t factorize/threads=2"
    bad = [one for one in found.timed() if one.job.cell.name == name]
    assert [one.status for one in bad] == [Status.FAILED] * 2 + [Status.SKIPPED] * 2
    assert bad[-1].reason == "not tried again after 2 failures: ended by SIGSEGV: boom"
    assert sum(is_bad(worker.asked) for worker in launcher.workers) == 2
    others = [one for one in found.timed() if one.job.cell.name != name]
    assert {(one.status, len(one.turns)) for one in others} == {(Status.OK, ROUNDS)}


def test_a_group_of_skipped_cells_alone_starts_no_worker() -> None:
    plan = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,), blocks=3)
    launcher = FaultyLauncher(answer=lambda asked, number: CRASH)  # noqa: ARG005

    found = walked(launcher, plan)

    assert found.is_finished
    assert {one.status for one in found.timed()} == {Status.SKIPPED}
    assert launcher.workers == []


@pytest.mark.parametrize("number", range(5))
def test_a_group_that_is_stopped_before_its_fifth_round_ends_is_not_kept(
    launcher: FaultyLauncher, number: int
) -> None:
    found = walked(launcher, stop_in=(2, number))

    assert not found.is_finished
    assert {one.job.block for one in found.timed()} == {1}
    assert len(found.timed()) == CELLS
    # As many turns as rounds were begun, and no worker is left.
    assert len(launcher.turns) == CELLS * (WARMUPS + ROUNDS + (number and WARMUPS + number))
    assert all(worker.is_finished for worker in launcher.workers)


@pytest.mark.parametrize("number", [5, 7])
def test_a_group_that_is_stopped_later_keeps_the_round_that_was_begun(
    launcher: FaultyLauncher, number: int
) -> None:
    found = walked(launcher, stop_in=(1, number))

    assert not found.is_finished
    assert len(found.timed()) == CELLS
    assert {(one.status, len(one.turns)) for one in found.timed()} == {(Status.OK, number)}
    assert not any(worker.is_killed for worker in launcher.workers)


@pytest.mark.parametrize(
    ("values", "stop_in", "kept"), [(3, 2, False), (3, 3, True), (1, 0, False), (1, 1, True)]
)
def test_a_group_of_few_rounds_is_kept_only_whole(
    launcher: FaultyLauncher,
    values: int,
    stop_in: int,
    *,
    kept: bool,
) -> None:
    plan = fakes.plan(
        ("3.14", "3.14t"), workloads=("factorize",), threads=(1,), blocks=2, values=values
    )

    found = walked(launcher, plan, stop_in=(1, stop_in))

    assert bool(found.timed()) is kept
    assert {len(one.turns) for one in found.timed()} <= {values}


@pytest.mark.parametrize("stop_in", [(1, 2), (2, 0), (2, 4), (1, 6)])
def test_a_walk_that_is_resumed_measures_a_group_as_a_whole(
    launcher: FaultyLauncher, stop_in: tuple[int, int]
) -> None:
    first = walked(launcher, stop_in=stop_in)
    rest = walked(FaultyLauncher(), done=first.outcomes)
    whole = walked(FaultyLauncher())

    assert rest.is_finished
    jobs = [one.job for one in first.outcomes + rest.outcomes]
    assert jobs == [one.job for one in whole.outcomes]
    assert {len(one.turns) for one in rest.timed()} == {ROUNDS}
    assert rest.order(2) == whole.order(2)


def test_two_ctrl_c_while_a_group_is_measured_end_every_worker(launcher: FaultyLauncher) -> None:
    def interrupt(asked: Asked) -> Fault | None:
        if is_bad(asked):
            launcher.end()
        return None

    launcher.fault_of = interrupt

    with pytest.raises(KeyboardInterrupt):
        walked(launcher)

    assert launcher.workers
    assert all(worker.is_killed and worker.is_finished for worker in launcher.workers)


class CountingCanaries(CalmCanaries):
    """Canaries of which each takes one microsecond longer than the one before."""

    def __init__(self, *cpus: int) -> None:
        """Answer for these CPUs."""
        self._of, self.count = cpus, 0

    def sing(self) -> dict[int, int]:
        """Count."""
        self.count += 1
        return {cpu: 1000 * (cpu + 1) + self.count for cpu in self._of}


def hearing(canaries: CountingCanaries) -> Surroundings:
    """Return surroundings with these canaries."""
    return dataclasses.replace(fakes.AROUND, canaries=lambda: contextlib.nullcontext(canaries))


def test_canaries_sing_between_all_values(launcher: FaultyLauncher) -> None:
    canaries = CountingCanaries(0, 1)
    found = walked(launcher, around=hearing(canaries))

    assert canaries.count == 2 * ROUNDS * (CELLS + 1)
    turns = sorted(
        (turn.round, turn.position, one.cpus, turn.before, turn.after)
        for one in found.timed(1)
        for turn in one.turns
    )
    # A value's second song is the next one's first, but at the end of a round.
    number = 0
    for _, position, cpus, before, after in turns:
        number += 1 + (position == 0)
        assert before == tuple(1000 * (cpu + 1) + number - 1 for cpu in cpus)
        assert after == tuple(1000 * (cpu + 1) + number for cpu in cpus)
    # Pinned cells note the canaries of their own CPUs.
    assert {one.cpus for one in found.timed()} == {(0,), (1,), (0, 1), (1, 0)}


def test_a_canary_that_does_not_answer_is_noted_as_never_calm(launcher: FaultyLauncher) -> None:
    found = walked(launcher, around=hearing(CountingCanaries(0)))

    noted = {
        (cpu, took_us)
        for one in found.timed()
        for turn in one.turns
        for cpu, took_us in zip(one.cpus, turn.after, strict=True)
    }
    assert {took_us for cpu, took_us in noted if cpu == 1} == {1_000_000}
    assert max(took_us for cpu, took_us in noted if cpu == 0) < 2000


def test_where_cpus_cannot_be_told_apart_no_canary_is_noted(launcher: FaultyLauncher) -> None:
    found = walked(launcher, around=hearing(CountingCanaries()))

    assert {(turn.before, turn.after) for one in found.timed() for turn in one.turns} == {((), ())}
    assert {one.canary_s for one in found.timed()} == {None}
