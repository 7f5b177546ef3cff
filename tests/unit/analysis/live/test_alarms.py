from __future__ import annotations

import msgspec

from harness.analysis.live.alarms import Alarm, Alert, Watch
from tests.unit import fakes

CELL = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,)).cells[0]


def told(watch: Watch, block: int = 1, **seen: float | None) -> list[tuple[Alarm, float]]:
    outcome = msgspec.structs.replace(fakes.outcome_of(CELL, block), **seen)
    return [(alert.alarm, round(alert.value, 6)) for alert in watch.add(outcome)]


def test_a_canary_far_slower_than_its_median_is_told_once_a_block() -> None:
    watch = Watch(fakes.TWO_CPUS)
    assert [told(watch, canary_s=0.003) for _ in range(6)] == [[]] * 6
    assert told(watch, canary_s=0.0038) == []
    assert told(watch, canary_s=0.0045) == [(Alarm.CANARY, 0.5)]
    assert told(watch, canary_s=0.0045) == []
    assert told(watch, block=2, canary_s=0.0045) == [(Alarm.CANARY, 0.5)]


def test_the_first_canaries_are_nothing_to_compare_with() -> None:
    watch = Watch(fakes.TWO_CPUS)
    assert told(watch, canary_s=0.003) == []
    assert told(watch, canary_s=0.3) == []


def test_each_kind_is_told_for_itself() -> None:
    watch = Watch(fakes.TWO_CPUS)
    assert told(watch, stolen=0.04, others_cpus=0.4, temperature_c=94.0) == []
    assert told(watch, stolen=0.06) == [(Alarm.STEAL, 0.06)]
    assert told(watch, stolen=0.5, others_cpus=0.8) == [(Alarm.OTHERS, 0.8)]
    assert told(watch, temperature_c=98.0) == [(Alarm.HEAT, 98.0)]


def test_the_memory_pass_has_blocks_of_its_own() -> None:
    watch = Watch(fakes.TWO_CPUS)
    assert told(watch, stolen=0.5) == [(Alarm.STEAL, 0.5)]
    job = msgspec.structs.replace(fakes.outcome_of(CELL, 1, is_memory=True), stolen=0.5)
    assert watch.add(job) == (Alert(alarm=Alarm.STEAL, value=0.5),)
