"""One group in one block: all its workers live side by side and take turns, in rounds."""

from __future__ import annotations

import collections
import dataclasses
import math
import time
from typing import TYPE_CHECKING

from harness.model import Turn
from workloads.turns import DONE, END, GO, READY

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.execution.launcher import Finished, Launch, Launcher, Worker
    from harness.execution.singing import Singing
    from harness.model import Job
    from harness.planning.calibration import Calibration

__all__ = ["MIN_CALM_TURNS", "MIN_KEPT_ROUNDS", "Member", "Rounds", "measure_group"]

MIN_CALM_TURNS = 8
"""With fewer, a group has more rounds than planned."""
MIN_KEPT_ROUNDS = 5
"""A group that is stopped earlier is not kept."""
_LOOK_S = 0.2
"""How long to wait before looking whether the user asked to stop."""


@dataclasses.dataclass(kw_only=True)
class Member:
    """One cell of the group, and its worker."""

    job: Job
    launch: Launch
    calibration: Calibration
    cpus: tuple[int, ...]
    """Those whose canaries are noted: of its threads, or all."""
    turns: list[Turn] = dataclasses.field(default_factory=list)
    calm: int = 0
    """Turns between calm canaries, as far as their level was known then."""
    finished: Finished | None = None
    """How its worker ended, once it has."""
    complaint: str = ""
    """Why it was ended, unless it took too long."""
    _worker: Worker | None = None
    _deadline: float = 0.0
    _warmups_left: int = 0

    @property
    def has_canaries(self) -> bool:
        """Return whether its turns are between canaries."""
        return bool(self.turns and self.turns[-1].before)

    @property
    def is_alive(self) -> bool:
        """Return whether it can take turns."""
        return self.finished is None

    def start(self, launcher: Launcher) -> None:
        """Start its worker."""
        self._worker = launcher.start(self.launch)
        self._warmups_left = self.calibration.warmups
        self._renew()

    def warm_up(self) -> bool:
        """Answer its message: grant a warm-up; return whether it needs no more."""
        if not self._hear((READY, DONE)):
            return True
        if self._warmups_left:
            self._warmups_left -= 1
            self._grant(GO)
            return False
        return True

    def take_turn(self, launcher: Launcher) -> float | None:
        """Let it do one value; return how long it held the token, or ``None`` if it was lost."""
        started = time.perf_counter()
        self._grant(GO)
        while self.finished is None and not launcher.ready([self.worker], self.time_left_s()):
            self.expire()
        held_s = time.perf_counter() - started
        return held_s if self.finished is None and self._hear((DONE,)) else None

    def dismiss(self) -> None:
        """Tell it that there will be no more turns."""
        if self._worker is not None and self.is_alive:
            self._grant(END)

    def finish(self) -> None:
        """Wait for its end."""
        if self._worker is not None and self.is_alive:
            self.finished = self.worker.finish(self.launch.timeout_s)

    def abandon(self) -> None:
        """End its worker if it is still there."""
        if self._worker is not None and self.is_alive:
            self.worker.kill()
            self.finished = self.worker.finish(0.0)

    @property
    def worker(self) -> Worker:
        """Return its worker; it has been started."""
        assert self._worker is not None  # noqa: S101
        return self._worker

    def time_left_s(self) -> float:
        """Return how long it may still take for what it was told, seconds."""
        return max(0.0, self._deadline - time.monotonic())

    def expire(self) -> bool:
        """End the worker if it has taken too long; return whether it has."""
        if self.time_left_s() > 0:
            return False
        self.abandon()
        return True

    def _grant(self, token: bytes) -> None:
        self._renew()
        self.worker.send(token)

    def _renew(self) -> None:
        self._deadline = time.monotonic() + self.launch.timeout_s

    def _hear(self, expected: tuple[bytes, ...]) -> bool:
        """Return whether its message is one of these; end the worker if not."""
        message = self.worker.receive()
        if message in expected:
            return True
        if message:
            self.complaint = f"the worker wrote rubbish on its channel: {message!r}"
            self.worker.kill()
        self.finished = self.worker.finish(self.launch.timeout_s if not message else 0.0)
        return False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rounds:
    """What a group is to do."""

    number: int
    """So many are measured."""
    most: int
    """So many at most, as long as a cell has fewer than ``MIN_CALM_TURNS``."""
    offset: int
    """Number of the round before the first: those of other parts of the group."""
    order: random.Random
    """Draws the order of each round."""
    workers_at_once: int
    """How many workers are started and warmed up at the same time."""
    is_stopped: Callable[[], bool]
    on_round: Callable[[int], None]
    """Called with the number of each round before it begins, of the last one while workers
    start."""


def measure_group(
    members: Sequence[Member], rounds: Rounds, *, launcher: Launcher, singing: Singing
) -> bool:
    """Start, warm up, measure and end the workers of ``members``, which keep what happened.

    Return whether the group is worth keeping: it was not stopped before its fifth round. The last
    round that was begun is always finished.
    """
    started = time.monotonic()
    try:
        rounds.on_round(rounds.offset)
        if not _warm_up(members, rounds, launcher):
            return False
        done = 0
        for number in range(rounds.offset + 1, rounds.offset + rounds.most + 1):
            if rounds.is_stopped() or (
                done >= rounds.number and _is_calm_enough(members, rounds.number)
            ):
                break
            rounds.on_round(number)
            _round(number, _alive(members), rounds, started, launcher, singing)
            done += 1
        is_kept = done >= min(MIN_KEPT_ROUNDS, rounds.number)
        if is_kept:
            for member in members:
                member.dismiss()
            for member in members:
                member.finish()
        return is_kept
    finally:
        for member in members:
            member.abandon()


def _is_calm_enough(members: Sequence[Member], rounds: int) -> bool:
    """Return whether every cell had enough calm turns; a machine without canaries has none.

    It depends on the canaries alone, never on the values. Of fewer ``rounds`` fewer are enough.
    """
    enough = min(MIN_CALM_TURNS, math.ceil(rounds * 2 / 3))
    alive = _alive(members)
    return not any(member.calm < enough for member in alive if member.has_canaries)


def _alive(members: Iterable[Member]) -> list[Member]:
    return [member for member in members if member.is_alive]


def _warm_up(members: Sequence[Member], rounds: Rounds, launcher: Launcher) -> bool:
    """Start all workers, a few at once, until each waits for its first timed turn.

    Return whether they were not stopped meanwhile.
    """
    waiting = collections.deque(members)
    busy: list[Member] = []
    while waiting or busy:
        if rounds.is_stopped():
            return False
        while waiting and len(busy) < rounds.workers_at_once:
            member = waiting.popleft()
            member.start(launcher)
            busy.append(member)
        patience_s = min(_LOOK_S, *(member.time_left_s() for member in busy))
        ready = launcher.ready([member.worker for member in busy], patience_s)
        for member in tuple(busy):
            is_through = member.warm_up() if member.worker in ready else member.expire()
            if is_through:
                busy.remove(member)
    return True


def _round(
    number: int,
    members: Sequence[Member],
    rounds: Rounds,
    started: float,
    launcher: Launcher,
    singing: Singing,
) -> None:
    singing.again()
    for position, member in enumerate(rounds.order.sample(members, len(members))):
        before, at_s = singing.last, time.monotonic() - started
        held_s = member.take_turn(launcher)
        after = singing.again()
        if held_s is not None:
            member.calm += all(singing.are_calm(member.cpus, it) for it in (before, after))
            member.turns.append(
                Turn(
                    round=number,
                    position=position,
                    at_s=round(at_s, 6),
                    held_s=round(held_s, 6),
                    before=tuple(_of(member.cpus, before)),
                    after=tuple(_of(member.cpus, after)),
                )
            )


def _of(cpus: tuple[int, ...], took_us: dict[int, int]) -> Iterator[int]:
    """Yield the canary of each CPU; 1 000 000 µs for one that did not answer: never calm."""
    if took_us:
        for cpu in cpus:
            yield took_us.get(cpu, 1_000_000)
