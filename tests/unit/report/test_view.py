"""The page as a value, compared with ``golden_view.json``.

To accept a change of words or digits, run this file with GILSCOPE_GOLDEN=write in the
environment and review the difference.
"""

from __future__ import annotations

import os
import pathlib

import msgspec

from harness.report.view import build_view
from tests.unit.report import factory

GOLDEN = pathlib.Path(__file__).with_name("golden_view.json")


def test_view_of_the_synthetic_experiment_is_golden() -> None:
    encoded = msgspec.json.format(msgspec.json.encode(build_view(factory.analysis())), indent=1)
    if os.environ.get("GILSCOPE_GOLDEN") == "write":
        GOLDEN.write_bytes(encoded + b"\n")
    assert GOLDEN.read_bytes() == encoded + b"\n"


def test_what_is_missing_comes_with_its_reason() -> None:
    view = build_view(factory.analysis())
    said = [(item.subject, item.reason) for item in view.troubles]
    assert said == [
        ("3.15t is unavailable", "No build of 3.15t for this platform"),
        (
            "pypy3.11 factorize/threads=4 has failed in 2 of 10 processes",
            "exit code 1, see …/worker.txt",
        ),
    ]


def test_partial_experiments_say_so() -> None:
    assert build_view(factory.analysis(blocks_done=3)).state.startswith("Partial: 3 of 10 blocks")
    assert build_view(factory.analysis(blocks_done=0)).state.startswith("Partial: none of 10")
    assert not build_view(factory.analysis()).is_partial


def test_tax_is_withheld_when_builds_differ() -> None:
    usual = build_view(factory.analysis()).splits[0]
    assert usual.figure.table.columns[2].title == "Tax"
    other = build_view(
        factory.analysis(splits=factory.splits(differences=("compiler: GCC / Clang",)))
    ).splits[0]
    assert other.differences == ("compiler: GCC / Clang",)
    titles = " ".join(column.title for column in other.figure.table.columns)
    assert "tax" not in (titles + " ".join(other.sentences)).lower()


def test_break_even_is_the_first_count_wholly_below_one() -> None:
    sentences = build_view(factory.analysis()).splits[0].sentences
    assert sentences[-1].startswith("Break-even for factorize: 2 threads")


def test_lesson_knows_its_bound() -> None:
    assert "3.02×" in build_view(factory.analysis()).lessons[0].subtitle


def test_debug_builds_are_flagged_loudly() -> None:
    manifest = factory.manifest()
    first = manifest.plan.variants[0]
    debug = msgspec.structs.replace(first.build, is_debug=True)
    variants = (msgspec.structs.replace(first, build=debug), *manifest.plan.variants[1:])
    plan = msgspec.structs.replace(manifest.plan, variants=variants)
    view = build_view(factory.analysis(manifest=msgspec.structs.replace(manifest, plan=plan)))
    assert view.builds[0].warnings[0].startswith("Debug build")


def test_csv_has_a_line_per_cell_and_no_formulas() -> None:
    labels = ("=cmd()", "3.14t")
    view = build_view(
        factory.analysis(
            manifest=factory.manifest(labels), cells=factory.cells(labels), splits=(), failures=()
        )
    )
    lines = view.csv.splitlines()
    assert len(lines) == 1 + len(factory.cells(labels))
    assert lines[1].startswith("'=cmd()")
    assert lines[0].startswith("variant,workload,mode,threads,n,level,time_s,time_s_low")
