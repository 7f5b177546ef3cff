"""The plan of a dry run is that of the run, though its interpreters are not here yet."""

from __future__ import annotations

import itertools

import pytest

from harness.analysis.experiment.headlines import headlines
from harness.model import AnyVariant, ExpectedBuild, ExpectedVariant
from harness.planning.forecast import Forecast, forecast
from harness.planning.plan import expected_s, make_plan
from tests.unit import fakes

LABELS = ("3.14", "3.14t", "3.14t+gil", "pypy")
GETTING_S = {"3.14": 125.0, "3.14t": 125.0, "pypy": 10.0}


def expected(label: str) -> ExpectedVariant:
    """Return the variant of a label as a dry run knows it."""
    here = fakes.variant(label)
    name = label.removesuffix("+gil")
    build = ExpectedBuild(
        name=name,
        how="made of paper",
        expected_s=GETTING_S[name],
        implementation=here.build.implementation,
        python_version="" if name == "pypy" else "3.14",
        is_free_threaded=here.build.is_free_threaded,
    )
    return ExpectedVariant(
        label=label,
        spec=label,
        build=build,
        environment=here.environment,
        is_gil_expected=here.is_gil_expected,
    )


def planned(variants: tuple[AnyVariant, ...], workloads: tuple[str, ...]) -> Forecast:
    config = fakes.config(LABELS, workloads=workloads)
    plan = make_plan(config, variants=variants, sweep=(1, 2, 4), usable_cpus=2)
    return forecast(plan, variants)


@pytest.mark.parametrize(
    "is_here", list(itertools.product([False, True], repeat=len(LABELS))), ids=str
)
def test_it_makes_no_difference_which_interpreters_are_here(is_here: tuple[bool, ...]) -> None:
    workloads = (*fakes.THREE, "json_roundtrip")
    everything = fakes.plan(LABELS, workloads=workloads)
    variants = tuple(
        fakes.variant(label) if here else expected(label)
        for label, here in zip(LABELS, is_here, strict=True)
    )
    plan = planned(variants, workloads)

    assert (plan.cells, plan.order, plan.baseline) == (
        everything.cells,
        everything.order,
        everything.baseline,
    )
    assert expected_s(plan) == pytest.approx(expected_s(everything))
    assert list(headlines(plan, 2)) == list(headlines(everything, 2))
    assert [*plan.variants, *plan.expected] == sorted(
        variants, key=lambda variant: isinstance(variant, ExpectedVariant)
    )


def test_a_build_is_got_once_for_all_its_variants() -> None:
    plan = planned(tuple(map(expected, LABELS)), ("factorize",))
    assert [build.name for build in plan.missing_builds] == ["3.14", "3.14t", "pypy"]
    assert plan.getting_s == 260
    assert planned(tuple(map(fakes.variant, LABELS)), ("factorize",)).getting_s == 0
