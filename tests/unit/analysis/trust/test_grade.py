"""Each rule alone changes the letter, what is not known is not good, and quiet is not trouble."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from harness.analysis.results.grade import Advice, Code, Grade, Severity
from harness.analysis.trust.grade import grade
from harness.analysis.trust.telemetry import others_by_load
from harness.model import Cpu, Manifest, Mode
from tests.unit.report import factory

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.analysis.results.grade import MachineSample

QUIET = factory.samples()


def graded(
    samples: tuple[MachineSample, ...] = QUIET,
    *,
    manifest: Manifest | None = None,
    ceiling: float | None = 0.97,
    blocks: int = 10,
    calm: float | None = None,
    spread: float = 0.016,
) -> Grade:
    cells = tuple(
        dataclasses.replace(cell, efficiency=None if ceiling is None else factory.estimate(ceiling))
        if cell.mode is Mode.PROCESSES and cell.threads == 2
        else cell
        for cell in factory.cells(spread=spread)
    )
    on_what = manifest or on()
    due = on_what.plan.preset.blocks
    return grade(
        on_what, samples=samples, cells=cells, blocks_done=blocks, blocks_due=due, calm=calm
    )


def seen(change: Callable[[int], dict[str, Any]], jobs: int = 60) -> tuple[MachineSample, ...]:
    """Return the quiet samples, changed by their place."""
    return tuple(factory.sample(place, **change(place)) for place in range(jobs))


def canaries(logs: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[MachineSample, ...]:
    return seen(lambda place: {"canary_s": 0.003 * math.exp(logs[place])}, len(logs))


def on(usual: Manifest | None = None, **changes: object) -> Manifest:
    """Return the manifest on bare metal, its machine changed."""
    given = usual or factory.manifest()
    machine = msgspec.structs.replace(given.machine, **{"virtualization": "", **changes})
    return msgspec.structs.replace(given, machine=machine)


def codes(found: Grade, *, severity: Severity | None = None) -> set[Code]:
    return {one.code for one in found.reasons if severity in (None, one.severity)}


def test_a_quiet_machine_gets_an_a_without_a_reason() -> None:
    assert graded() == Grade(letter="A", reasons=())


@pytest.mark.parametrize(
    ("code", "letter", "change"),
    [
        (Code.STEAL, "B", lambda _: {"stolen": 0.006}),
        (Code.STEAL, "C", lambda _: {"stolen": 0.03}),
        (Code.STEAL, "D", lambda _: {"stolen": 0.12}),
        (Code.STEAL_WORST, "C", lambda place: {"stolen": 0.06 * (place % 8 == 0)}),
        (Code.OTHERS, "B", lambda _: {"others_cpus": 0.1}),
        (Code.OTHERS, "C", lambda _: {"others_cpus": 0.5}),
        (Code.OTHERS, "D", lambda _: {"others_cpus": 1.2}),
        (Code.FREQUENCY, "B", lambda place: {"frequency_hz": 3e9 * (1 + 0.05 * (place % 5))}),
        (Code.FREQUENCY, "C", lambda place: {"frequency_hz": 3e9 / (1 + (place % 5))}),
        (Code.TEMPERATURE, "B", lambda place: {"temperature_c": 86.0 if place == 9 else 50.0}),
        (Code.TEMPERATURE, "C", lambda _: {"temperature_c": 97.0}),
    ],
)
def test_each_disturbance_alone_changes_the_letter(
    code: Code, letter: str, change: Callable[[int], dict[str, Any]]
) -> None:
    found = graded(seen(change))
    assert (found.letter, codes(found)) == (letter, {code})
    assert found.reasons[0].bound is not None


@pytest.mark.parametrize(
    ("code", "letter", "changes"),
    [
        (Code.GOVERNOR, "B", {"governor": "powersave"}),
        (Code.VIRTUAL, "B", {"virtualization": "KVM"}),
        (Code.QUOTA, "B", {"quota": 1.0}),
        (Code.QUOTA_FRACTION, "C", {"quota": 1.5}),
        (Code.SMT, "A", {"cpus": (Cpu(id=0, core=0, node=0), Cpu(id=1, core=0, node=0))}),
        (
            Code.HYBRID,
            "A",
            {"cpus": (Cpu(id=0, core=0, node=0, kind="P"), Cpu(id=1, core=1, node=0, kind="E"))},
        ),
    ],
)
def test_each_trait_of_the_machine_alone_decides_the_letter(
    code: Code, letter: str, changes: dict[str, Any]
) -> None:
    found = graded(manifest=on(**changes))
    assert (found.letter, codes(found)) == (letter, {code})


@pytest.mark.parametrize(
    ("blocks", "planned", "letter", "expected"),
    [
        (10, 10, "A", set()),
        (8, 10, "B", {Code.PARTIAL}),
        (5, 5, "B", {Code.FEW_BLOCKS}),
        (2, 2, "C", {Code.FEW_BLOCKS}),
        (1, 1, "D", {Code.FEW_BLOCKS}),
        (0, 10, "D", {Code.PARTIAL, Code.FEW_BLOCKS}),
    ],
)
def test_few_blocks_and_missing_ones_count(
    blocks: int, planned: int, letter: str, expected: set[Code]
) -> None:
    usual = on()
    preset = msgspec.structs.replace(usual.plan.preset, blocks=planned)
    plan = msgspec.structs.replace(usual.plan, preset=preset)
    found = graded(manifest=msgspec.structs.replace(usual, plan=plan), blocks=blocks)
    assert (found.letter, codes(found)) == (letter, expected)


def test_a_debug_build_is_not_for_publishing_and_a_plain_one_only_worth_knowing() -> None:
    debug = graded(manifest=on(factory.altered("3.14t", is_debug=True)))
    assert (debug.letter, debug.reasons[0].subject) == ("D", "3.14t")
    plain = graded(manifest=on(factory.altered("3.14", has_pgo=False)))
    assert (plain.letter, codes(plain, severity=Severity.INFO)) == ("A", {Code.NO_PGO})


@pytest.mark.parametrize(
    ("ceiling", "letter", "expected"),
    [
        (0.9, "A", set()),
        (0.85, "A", set()),
        (0.8, "C", {Code.CEILING}),
        (0.55, "D", {Code.CEILING}),
        (None, "B", {Code.CEILING_UNKNOWN}),
    ],
)
def test_a_machine_that_is_no_match_for_its_cores_is_noticed(
    ceiling: float | None, letter: str, expected: set[Code]
) -> None:
    found = graded(ceiling=ceiling)
    assert (found.letter, codes(found)) == (letter, expected)


@pytest.mark.parametrize(
    ("name", "code", "letter"),
    [
        ("stolen", Code.STEAL_UNKNOWN, "B"),
        ("frequency_hz", Code.FREQUENCY_UNKNOWN, "B"),
        ("canary_s", Code.CANARY_UNKNOWN, "C"),
    ],
)
def test_what_cannot_be_read_is_not_good(name: str, code: Code, letter: str) -> None:
    found = graded(seen(lambda _: {name: None}))
    assert (found.letter, codes(found)) == (letter, {code})
    partly = graded(seen(lambda place: {name: None} if place % 3 else {}))
    assert (partly.letter, codes(partly)) == (letter, {code})


def test_the_load_average_stands_in_for_the_cpu_time_of_others() -> None:
    nothing = graded(seen(lambda _: {"others_cpus": None, "load_1min": None}))
    assert (nothing.letter, codes(nothing)) == ("B", {Code.OTHERS_UNKNOWN})
    assert graded(ran_beside(0.0)).letter == "A"
    assert codes(graded(ran_beside(0.9))) == {Code.LOAD}


def ran_beside(others: float, *, jobs: int = 120, before: float = 0.0) -> tuple[MachineSample, ...]:
    """Return samples whose load average follows the kernel's formula for our jobs and others."""
    load, found = before, []
    for place in range(jobs):
        own = 2 if place % 3 == 0 else 1
        found.append(
            factory.sample(
                place,
                at_s=float(place),
                duration_s=1.0,
                own_cpus=own,
                load_1min=load,
                others_cpus=None,
            )
        )
        load = own + others + (load - own - others) * math.exp(-1 / 60)
    return tuple(found)


@pytest.mark.parametrize("others", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("before", [0.0, 3.0])
def test_our_own_jobs_and_the_time_before_are_taken_out_of_the_load(
    others: float, before: float
) -> None:
    assert others_by_load(ran_beside(others, before=before)) == pytest.approx(others, abs=0.01)


def test_a_short_experiment_says_nothing_about_the_load_of_others() -> None:
    assert others_by_load(ran_beside(1.0, jobs=20)) is None
    assert others_by_load(()) is None


def test_steal_is_held_against_the_cpus_that_a_job_wants() -> None:
    one = graded(seen(lambda _: {"stolen": 0.004, "own_cpus": 1}))
    assert one.reasons[0].value == pytest.approx(0.008)
    assert graded(seen(lambda _: {"stolen": 0.004, "own_cpus": 2})).letter == "A"


def test_a_clock_that_differs_between_cells_alone_is_no_trouble() -> None:
    by_cell = seen(lambda place: {"frequency_hz": 2e9 + 3e8 * (place % 6)})
    assert graded(by_cell).letter == "A"


RNG = 20260117


@pytest.mark.no_cover
def test_quiet_canaries_raise_no_alarm() -> None:
    random = np.random.default_rng(RNG)
    alarms = 0
    for _ in range(200):
        jobs = int(random.integers(20, 300))
        # Half a per cent of noise, and now and then an interrupt.
        logs = random.normal(0, 0.005, jobs) + (random.random(jobs) < 0.02) * 0.3
        alarms += graded(canaries(logs)).letter != "A"
    assert alarms <= 2


@pytest.mark.parametrize("jobs", [40, 200])
@pytest.mark.no_cover
def test_noise_alone_is_called_spread_and_not_drift_or_step(jobs: int) -> None:
    random = np.random.default_rng(RNG)
    found = [codes(graded(canaries(random.normal(0, 0.04, jobs)))) for _ in range(100)]
    assert sum(Code.CANARY_SPREAD in one for one in found) == 100
    assert sum(Code.CANARY_DRIFT in one for one in found) <= 4
    assert sum(Code.CANARY_STEP in one for one in found) <= 5


@pytest.mark.parametrize(("total", "severity"), [(0.06, "small"), (0.2, "care"), (-0.5, "stop")])
def test_a_drift_is_measured(total: float, severity: str) -> None:
    random = np.random.default_rng(RNG)
    found = graded(canaries(np.linspace(0, total, 80) + random.normal(0, 0.005, 80)))
    (drift,) = [one for one in found.reasons if one.code is Code.CANARY_DRIFT]
    assert drift.severity == severity
    assert drift.value == pytest.approx(math.expm1(total), abs=0.02)


@pytest.mark.parametrize(("size", "letter"), [(0.1, "B"), (0.3, "C"), (0.49, "D"), (-0.49, "D")])
def test_a_step_is_measured(size: float, letter: str) -> None:
    random = np.random.default_rng(RNG)
    # Near the end, so that neither spread nor drift see much of it.
    steps = np.where(np.arange(200) >= 182, size, 0.0)
    found = graded(canaries(steps + random.normal(0, 0.003, 200)))
    (step,) = [one for one in found.reasons if one.code is Code.CANARY_STEP]
    assert step.value == pytest.approx(math.expm1(size), abs=0.02)
    assert found.letter == letter


@pytest.mark.parametrize("share", [0.15, 0.3, 0.5])
@pytest.mark.no_cover
def test_slow_spells_of_a_shared_host_are_noticed(share: float) -> None:
    """The same work takes 22 or 36 ms in spells of some ten jobs, and no steal shows it."""
    random = np.random.default_rng(RNG)
    letters = []
    for _ in range(50):
        # A two-state chain: spells of ten jobs on average, this share of all.
        is_slow = [False]
        while len(is_slow) < 120:
            leave = 0.1 if is_slow[-1] else 0.1 * share / (1 - share)
            is_slow.append(is_slow[-1] != (random.random() < leave))
        logs = math.log(36 / 22) * np.array(is_slow) + random.normal(0, 0.01, 120)
        # The chain does not always come to its share; a tenth is what the estimates trim.
        if np.mean(is_slow) > 0.12:
            letters.append(graded(canaries(logs)).letter)
    assert len(letters) >= 20
    assert set(letters) <= {"C", "D"}


def test_a_pause_between_jobs_does_not_dilute_a_drift() -> None:
    logs = np.linspace(0, 0.2, 60)
    paused = tuple(
        dataclasses.replace(one, at_s=one.at_s + 1e6 * (place > 30))
        for place, one in enumerate(canaries(logs))
    )
    assert codes(graded(paused)) >= {Code.CANARY_DRIFT}


def test_canaries_at_the_edge_of_what_is_stored_are_graded() -> None:
    wild = seen(lambda place: {"canary_s": 1e6 if place % 2 else 1e-9})
    assert graded(wild).letter == "D"
    same = seen(lambda _: {"canary_s": 0.003, "at_s": 0.0})
    assert graded(same).letter == "A"


def test_advice_fits_the_machine_and_the_gravest_comes_first() -> None:
    noisy = canaries(np.random.default_rng(RNG).normal(0, 0.08, 60))
    shared = graded(noisy, manifest=on(virtualization="KVM"))
    assert [one.code for one in shared.reasons] == [Code.CANARY_SPREAD, Code.VIRTUAL]
    assert shared.reasons[0].advice is Advice.OTHER_HOST
    assert graded(noisy).reasons[0].advice is Advice.STEADY_CLOCK


@pytest.mark.parametrize(("measured", "letter"), [(0, "D"), (1, "D"), (4, "B"), (10, "A")])
def test_blocks_in_which_all_failed_are_nothing_to_rest_on(measured: int, letter: str) -> None:
    cells = factory.cells(n=measured) if measured else ()
    found = grade(on(), samples=QUIET, cells=cells, blocks_done=10, blocks_due=10)
    assert found.letter == letter
    if letter != "A":
        assert [one.value for one in found.reasons if one.code is Code.FEW_BLOCKS] == [measured]


def test_an_experiment_without_a_job_is_graded() -> None:
    found = graded((), blocks=0)
    assert found.letter == "D"
    assert codes(found) >= {Code.CANARY_UNKNOWN, Code.STEAL_UNKNOWN, Code.FREQUENCY_UNKNOWN}


BURSTS = canaries(np.random.default_rng(RNG).normal(0, 0.4, 60))


def test_with_rounds_bursts_alone_spoil_nothing() -> None:
    assert graded(BURSTS).letter == "D"
    assert graded(BURSTS, calm=0.6) == Grade(letter="A", reasons=())


@pytest.mark.parametrize(
    ("calm", "letter", "bound"),
    [(0.5, "A", None), (0.4, "B", 0.5), (0.29, "C", 0.3), (0.09, "D", 0.1), (0.0, "D", 0.1)],
)
def test_the_fewer_rounds_are_calm_the_lower_the_grade(
    calm: float, letter: str, bound: float | None
) -> None:
    found = graded(calm=calm)
    expected = [] if bound is None else [(Code.CALM, calm, bound)]
    assert found.letter == letter
    assert [(one.code, one.value, one.bound) for one in found.reasons] == expected


@pytest.mark.parametrize(
    ("spread", "letter"), [(0.029, "A"), (0.031, "B"), (0.09, "B"), (0.11, "C"), (0.5, "C")]
)
def test_wide_answers_lower_the_grade_however_calm(spread: float, letter: str) -> None:
    found = graded(calm=0.9, spread=spread)
    assert (found.letter, codes(found)) == (letter, set() if letter == "A" else {Code.WIDE})
    if letter != "A":
        assert found.reasons[0].value == pytest.approx(math.expm1(spread))
    assert graded(spread=spread).letter == "A"  # not judged without rounds


def test_a_canary_that_cannot_be_read_is_not_asked_for_with_rounds() -> None:
    unread = seen(lambda _: {"canary_s": None})
    assert graded(unread, calm=0.9).letter == "A"
