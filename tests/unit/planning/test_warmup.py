"""Series with known truth: noise as of a busy shared host, and what must be found in it."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.planning.warmup import Shape, Warmup, agreed, find
from harness.statistics.change_points import change_points, segments
from harness.storage.worker_result import read_run
from tests.unit import fakes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.storage.worker_result import RunData

    Times = NDArray[np.float64]

LOOP_S = 0.025
SHORT, LONG = 20, 100
"""Calls of half a second (CPython) and of two and a half (a JIT)."""
RUNS = 200


@dataclasses.dataclass(frozen=True, kw_only=True)
class Host:
    """How a host disturbs: all times are multiplied by what it draws."""

    within: float = 0.03
    """Deviation of ln(time) from call to call."""
    between: float = 0.15
    """Of one process from the next."""
    spikes: float = 0.02
    """Share of the calls that are interrupted."""
    spell: float = 1.6
    """How many times longer work takes in a slow spell."""
    slow_s: float = 3.0
    fast_s: float = 10.0
    """Mean lengths of slow spells and of what is between them."""

    def drawn(self, times: Times, draw: np.random.Generator) -> Times:
        """Return the times as they would be measured in one process."""
        noisy = times * np.exp(draw.normal(0, self.within, len(times)) + draw.normal(0, 0.15))
        noisy *= np.where(draw.random(len(times)) < self.spikes, draw.uniform(1.2, 2.0), 1.0)
        return noisy * self._spells(times, draw)

    def _spells(self, times: Times, draw: np.random.Generator) -> Times:
        is_slow = draw.random() < self.slow_s / (self.slow_s + self.fast_s)
        left, factors = 0.0, []
        left = draw.exponential(self.slow_s if is_slow else self.fast_s)
        for time_s in times:
            factors.append(self.spell if is_slow else 1.0)
            left -= time_s * factors[-1]
            if left < 0:
                is_slow = not is_slow
                left = draw.exponential(self.slow_s if is_slow else self.fast_s)
        return np.array(factors)


CALM = Host(spell=1.0, spikes=0.0)
SPIKY = Host(spell=1.0)
BUSY = Host()


@functools.cache
def usual_run() -> RunData:
    cell = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,)).cells[0]
    return read_run(fakes.outcome_of(cell, 0).run)


def run_of(times: Times, *, loops: int = 1) -> RunData:
    """Return a pilot's run whose calls took these times per loop."""
    usual = usual_run()
    calls = tuple((loops, float(time_s)) for time_s in times)
    return msgspec.structs.replace(usual, values=(), warmups=calls[:1], series=calls[1:])


def flat(count: int) -> Times:
    return np.full(count, LOOP_S)


def warming(count: int, *, slow: int, factor: float) -> Times:
    times = flat(count)
    times[:slow] *= factor
    return times


def simulated(
    truth: Times, host: Host, *, seed: int, judged: Callable[[RunData], Warmup] = find
) -> list[Warmup]:
    draw = np.random.default_rng(seed)
    return [judged(run_of(host.drawn(truth, draw))) for _ in range(RUNS)]


def share(found: list[Warmup], shape: Shape) -> float:
    return sum(one.shape is shape for one in found) / len(found)


@pytest.mark.parametrize("within", [0.01, 0.03, 0.05])
@pytest.mark.parametrize("count", [6, SHORT, LONG])
@pytest.mark.parametrize("spikes", [0.0, 0.02])
@pytest.mark.no_cover
def test_a_flat_series_is_flat(count: int, within: float, spikes: float) -> None:
    host = Host(within=within, spikes=spikes, spell=1.0)

    assert share(simulated(flat(count), host, seed=1), Shape.FLAT) >= 0.9


def test_half_a_second_falls_between_most_spells() -> None:
    assert share(simulated(flat(SHORT), BUSY, seed=2), Shape.FLAT) >= 0.85


@pytest.mark.parametrize("count", [SHORT, LONG])
@pytest.mark.no_cover
def test_what_a_second_process_does_not_show_costs_nothing(count: int) -> None:
    """Of 2.5 s under a host with spells, one series alone is not flat in a quarter of cases."""
    draw = np.random.default_rng(3)

    def pair() -> Warmup:
        return agreed(find(run_of(BUSY.drawn(flat(count), draw))) for _ in range(2))

    both = [pair() for _ in range(RUNS)]

    assert share(both, Shape.FLAT) >= 0.9
    assert np.mean([one.reached_s > 1 for one in both]) <= 0.05


@pytest.mark.parametrize(
    ("count", "slow", "factor"),
    [(SHORT, 5, 1.3), (SHORT, 10, 1.3), (LONG, 5, 1.3), (LONG, 10, 10.0), (LONG, 40, 10.0)],
)
@pytest.mark.parametrize("within", [0.01, 0.03, 0.05])
@pytest.mark.no_cover
def test_a_warm_up_is_found_with_its_length(
    count: int, slow: int, factor: float, within: float
) -> None:
    truth = warming(count, slow=slow, factor=factor)
    host = dataclasses.replace(SPIKY, within=within)
    draw = np.random.default_rng(4)

    hits = []
    for _ in range(RUNS):
        times = host.drawn(truth, draw)
        found = find(run_of(times))
        began = np.concatenate([[0.0], np.cumsum(times)[:-1]])
        calls = int(np.argmin(np.abs(began - found.reached_s)))
        hits.append(found.shape is Shape.WARMUP and abs(calls - slow) <= 2)

    assert np.mean(hits) >= 0.95


@pytest.mark.no_cover
def test_a_gradual_warm_up_ends_near_its_level() -> None:
    truth = LOOP_S * (1 + 4 * np.exp(-np.arange(LONG) / 5))
    found = simulated(truth, CALM, seed=5)

    assert share(found, Shape.WARMUP) >= 0.95
    # Within 10 % of the level from call 18 on, when 1.3 s are gone; between processes 15 %.
    assert 0.6 < np.median([one.reached_s for one in found]) < 1.8


def test_a_slowdown_is_found() -> None:
    truth = flat(SHORT)
    truth[6:] *= 1.3

    assert share(simulated(truth, CALM, seed=6), Shape.SLOWDOWN) >= 0.95


@pytest.mark.parametrize(("count", "late"), [(SHORT, 3), (LONG, 15)])
@pytest.mark.parametrize("factor", [0.7, 1.4])
@pytest.mark.no_cover
def test_a_late_change_is_no_steady_state(count: int, late: int, factor: float) -> None:
    truth = flat(count)
    truth[-late:] *= factor

    assert share(simulated(truth, CALM, seed=7), Shape.UNSTEADY) >= 0.95


def test_an_interruption_between_equal_levels_is_no_warm_up() -> None:
    truth = flat(SHORT)
    truth[8:12] *= 1.6

    found = simulated(truth, CALM, seed=8)
    assert share(found, Shape.FLAT) >= 0.9
    assert np.median([one.segments for one in found]) >= 3


def test_few_calls_have_no_shape_and_ask_for_nothing() -> None:
    assert find(run_of(flat(5))) == Warmup(shape=Shape.UNKNOWN)
    assert find(msgspec.structs.replace(run_of(flat(9)), series=())) == Warmup(shape=Shape.UNKNOWN)
    assert agreed(()) == Warmup(shape=Shape.UNKNOWN)


def test_calls_far_too_short_count_by_their_duration_alone() -> None:
    run = run_of(flat(SHORT))
    short = ((1, 0.004), (2, 0.0035))
    found = find(msgspec.structs.replace(run, warmups=(*short, *run.warmups)))

    assert found.shape is Shape.FLAT
    assert list(found.curve[0]) == pytest.approx([0.004 + 0.007 + LOOP_S, 1.0])
    assert len(found.curve) == SHORT


def test_doubled_loops_do_not_look_like_a_change() -> None:
    run = run_of(flat(SHORT))
    doubled = tuple((2, time_s) for _, time_s in run.series[9:])

    assert (
        find(msgspec.structs.replace(run, series=(*run.series[:9], *doubled))).shape is Shape.FLAT
    )


@pytest.mark.parametrize("count", [6, SHORT, LONG])
def test_the_search_is_that_of_ruptures(count: int) -> None:
    ruptures = pytest.importorskip("ruptures", reason="it has no release for this Python")
    draw = np.random.default_rng(10)

    for _ in range(50):
        levels = np.repeat(draw.normal(0, 0.3, count), draw.integers(1, 15, count))[:count]
        series = levels + draw.normal(0, 0.05, count)
        search = ruptures.KernelCPD(kernel="linear", min_size=1).fit(series.reshape(-1, 1))
        assert change_points(series, 0.03) == search.predict(pen=0.03)


@given(st.lists(st.floats(1e-12, 1e9, exclude_min=True, exclude_max=True), min_size=6, max_size=40))
def test_segments_cover_any_series_in_order(times: list[float]) -> None:
    found = segments(np.log(times).tolist())

    assert [one.start for one in found] == [0, *(one.stop for one in found[:-1])]
    assert found[-1].stop == len(times)
    assert all(one.stop > one.start for one in found)


@given(
    st.lists(st.floats(0.005, 5.0), min_size=6, max_size=30),
    st.floats(0.5, 2.0),
)
def test_a_search_is_repeatable_and_in_any_unit_the_same(times: list[float], factor: float) -> None:
    run = run_of(np.array(times), loops=8)
    assert find(run) == find(run)
    scaled = segments(np.log(np.array(times) * factor).tolist())
    plain = segments(np.log(times).tolist())
    assert len(scaled) in range(len(plain) - 1, len(plain) + 2)
