"""The card of the experiment says whether threads were pinned."""

from __future__ import annotations

import msgspec
import pytest

from harness.analysis.results.experiment import Pinning
from harness.model import Pin
from harness.report.page.cards import experiment_card
from tests.unit.report import factory

NONE_DUE = Pinning(pinned=0, due=0, reasons=())
ALL = Pinning(pinned=40, due=40, reasons=())
SOME = Pinning(pinned=30, due=40, reasons=(("no sched_setaffinity", 8), ("not permitted", 2)))


@pytest.mark.parametrize(
    ("pin", "pinning", "said"),
    [
        (Pin.NONE, None, "no: measured before threads were pinned"),
        (Pin.NONE, NONE_DUE, "no, as asked (--pin none)"),
        (Pin.CORES, NONE_DUE, "no: there was never a CPU for each thread (--pin cores)"),
        (
            Pin.CORES,
            ALL,
            "each on a CPU of its own, wherever there are as many CPUs as threads (--pin cores)",
        ),
        (
            Pin.CORES,
            SOME,
            (
                "in 30 of 40 processes (--pin cores); not in others: no sched_setaffinity (8); "
                "not permitted (2)"
            ),
        ),
    ],
)
def test_whether_threads_were_pinned_is_a_fact_of_the_experiment(
    pin: Pin, pinning: Pinning | None, said: str
) -> None:
    usual = factory.manifest()
    plan = msgspec.structs.replace(usual.plan, pin=pin)
    manifest = msgspec.structs.replace(usual, plan=plan)
    card = experiment_card(factory.analysis(manifest=manifest, pinning=pinning))
    assert dict(card.facts)["Threads pinned"] == said
