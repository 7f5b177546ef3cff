"""The schema of ``--json``: a key that goes, comes or moves is seen here first."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.analysis.results.aa import AaComparison, AaResult
from harness.analysis.results.scaling_laws import LawResult, ShareOfCeiling
from harness.model import Benchmark, Mode
from harness.report.page.json import FIELDS, SCHEMA_VERSION, analysis_document
from tests.unit.report import crowd, factory

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis

_DOCUMENT = """schema_version experiment report baseline threshold blocks_done blocks_planned stop
grade calm_share pin pinning cells splits laws software_efficiency break_even sharing throughput
measures memory noise aa warmup failed gil_turned_on remarks unavailable skipped notes"""
_AA = """comparisons different different_in_family rate floor autocorrelation
paired_autocorrelation"""
_CELL = """variant benchmark time_s speedup speedup_all band speedup_verdict efficiency ratio
ratio_all verdict ratio_sign cores_used scaling speedup_calm ratio_calm"""
_SPLIT = """benchmark gil free_threaded free_threaded_gil tax removal net tax_verdict
removal_verdict net_verdict differences"""
_NOTE = "variant benchmark name count total mean share p50 p90 p99 maximum"
_WARMUP = """variant benchmark shape cold_ratio found_s segments processes is_capped warmups
warmup_s curve"""
_FAILED = "variant benchmark status reason stderr_tail failed succeeded is_quarantined"
_LAW = "variant workload mode law refusal levels alpha beta karp_flatt"
_BREAK_EVEN = "workload gil free_threaded reached threads levels"

ESTIMATE = factory.estimate(1.1)
VERDICT = factory.judged(ESTIMATE)
assert VERDICT is not None
AA = AaResult(
    comparisons=(
        AaComparison(
            variant="b",
            benchmark=Benchmark(workload="factorize", mode=Mode.THREADS, threads=2),
            ratio=ESTIMATE,
            verdict=VERDICT,
        ),
    ),
    different=1,
    different_in_family=1,
    rate=ESTIMATE,
    floor=0.1,
    autocorrelation=None,
    paired_autocorrelation=None,
)
ANALYSES = (
    factory.analysis(),
    factory.measured(),
    crowd.crowd(variants=2, workloads=2),
    factory.analysis(
        aa=AA,
        laws=(LawResult(variant="3.14", workload="factorize", mode=Mode.THREADS),),
        shares_of_ceiling=(
            ShareOfCeiling(variant="3.14", workload="factorize", ceiling="3.14", levels=()),
        ),
        warmup=factory.warmups(),
    ),
)


def read(analysis: Analysis) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(analysis_document(analysis, Path("index.html")))
    return document


def test_the_document_has_these_keys_in_this_order() -> None:
    document = read(factory.analysis())
    assert document["schema_version"] == SCHEMA_VERSION == 1
    assert list(document) == _DOCUMENT.split()


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("cells", _CELL),
        ("splits", _SPLIT),
        ("measures", _NOTE),
        ("memory", "variant benchmark peak_rss_bytes pss_bytes"),
        ("warmup", _WARMUP),
        ("failed", _FAILED),
        ("laws", _LAW),
        ("software_efficiency", "variant workload ceiling levels"),
        ("break_even", _BREAK_EVEN),
        ("sharing", "variant pair private shared threads cost verdict"),
        ("throughput", "variant workload threads relative"),
    ],
)
def test_each_entry_has_these_keys_in_this_order(key: str, names: str) -> None:
    entries = [entry for analysis in ANALYSES for entry in read(analysis)[key]]
    assert {tuple(entry) for entry in entries} == {tuple(names.split())}


def test_an_aa_result_has_these_keys_in_this_order() -> None:
    result = read(ANALYSES[-1])["aa"]
    assert list(result) == _AA.split()
    assert list(result["comparisons"][0]) == ["variant", "benchmark", "ratio", "verdict"]


@pytest.mark.parametrize("result", FIELDS)
def test_every_field_of_the_table_is_one_of_its_type(result: type) -> None:
    fields = {field.name for field in dataclasses.fields(result)}
    assert {name for name in FIELDS[result] if isinstance(name, str)} <= fields
