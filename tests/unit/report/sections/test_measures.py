"""Latency, pauses, lost updates and memory: there when measured, with what to beware of."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness.model import Benchmark, Mode
from harness.report.numbers import delays
from harness.report.page.figures import draw_figures
from harness.report.page.html import render
from harness.report.page.json import analysis_document
from harness.report.page.view import build_view
from tests.unit.report import factory

if TYPE_CHECKING:
    from harness.report.elements import Section


def section(anchor: str, **changes: Any) -> Section:
    return factory.part(build_view(factory.measured(**changes)), anchor)


@pytest.mark.parametrize("anchor", ["latency", "pauses", "lost", "memory"])
def test_a_section_without_data_says_how_to_get_it(anchor: str) -> None:
    there = section(anchor)
    assert (there.absent, bool(there.tables)) == ("", True)
    for analysis in (factory.analysis(), factory.measured(measures=(), memory=())):
        gone = factory.part(build_view(analysis), anchor)
        assert "`nox -s bench -- --" in gone.absent
        assert (gone.sentences, gone.figures, gone.tables) == ((), (), ())


def test_load_is_what_computes_beside_the_answering_thread() -> None:
    rows = section("latency").tables[0].rows
    assert [row.cells[0].value for row in rows[:3]] == ["0", "1", "3"]
    chart = delays.charts(factory.measured())[0]
    assert chart.loads == (0, 1, 3)
    assert chart.deadline_s == 0.005


def test_commands_that_were_late_themselves_are_a_warning() -> None:
    assert section("latency").warnings == ()
    late = tuple(
        dataclasses.replace(one, p99=factory.estimate(0.0002))
        if one.name == "send_delay_s" and one.variant == "3.14t"
        else one
        for one in factory.measures()
    )
    (said,) = section("latency", measures=late).warnings
    assert said.endswith("with 3.14t, computing threads: 0, 1, 3.")


def test_the_switch_interval_is_said_in_either_case() -> None:
    asked = section("latency").sentences[1].replace("\u00a0", " ")
    assert asked.endswith("a switch interval of 50 µs, asked of every build.")
    usual = factory.measured()
    plan = msgspec.structs.replace(usual.manifest.plan, switch_interval_s=None, folder="")
    manifest = msgspec.structs.replace(usual.manifest, plan=plan)
    own = section("latency", manifest=manifest).sentences[1]
    assert "the interpreter's own" in own
    facts = dict(build_view(factory.measured(manifest=manifest)).experiment.facts)
    assert {"Switch interval", "Files of workloads"}.isdisjoint(facts)


def test_another_workload_with_response_times_is_shown_by_its_threads() -> None:
    names = tuple(
        dataclasses.replace(
            one, benchmark=msgspec.structs.replace(one.benchmark, workload="allocate")
        )
        for one in factory.measures()
        if one.name == "response_s"
    )
    shown = section("latency", measures=names)
    assert shown.tables[0].columns[1].title == "Run"
    assert shown.tables[0].rows[0].cells[0].value == "1 thread"
    assert shown.tables[0].rows[0].cells[6].value == "–"
    assert shown.sentences[0].startswith("allocate notes response times of its own")


def test_every_number_has_its_interval_or_says_why_not() -> None:
    single = section("latency", n=1).tables[0].rows[0].cells
    notes = {cell.full_note for cell in (*single[2:5], single[7])}
    assert notes == {"one process only, no interval"}
    usual = section("latency").tables[0].rows[0].cells
    assert all(cell.note.startswith("[") for cell in (*usual[2:5], usual[7]))


def test_a_quantile_without_enough_values_is_a_hole() -> None:
    few = tuple(
        dataclasses.replace(one, p90=None, p99=None) if one.name.endswith("_s") else one
        for one in factory.measures()
    )
    analysis = factory.measured(measures=few)
    rows = section("latency", measures=few).tables[0].rows
    assert [cell.value for cell in rows[0].cells[3:5]] == ["–", "–"]
    assert delays.charts(analysis) == ()
    assert "delay-0" not in draw_figures(analysis)


def test_zero_seconds_do_not_break_the_logarithmic_axis() -> None:
    zero = tuple(
        dataclasses.replace(one, p50=factory.estimate(0), p99=factory.estimate(0))
        if one.variant == "3.14"
        else one
        for one in factory.measures()
    )
    analysis = factory.measured(measures=zero)
    assert [line.label for line in delays.charts(analysis)[0].lines] == list(factory.LABELS[1:])
    assert "<svg" in draw_figures(analysis)["delay-0"]


@pytest.mark.parametrize("labels", [factory.LABELS, ("<script>alert(1)</script>", "$x^$_{\\f")])
def test_the_page_holds_every_section_as_text(labels: tuple[str, ...]) -> None:
    analysis = factory.measured(labels)
    page = render(build_view(analysis), draw_figures(analysis))
    assert page.count("<script") == 1
    for anchor in ("latency", "pauses", "lost", "memory"):
        assert f'<a href="#{anchor}">' in page
        assert re.search(rf'<section id="{anchor}" [^>]*aria-labelledby="h-{anchor}">', page)
    names = re.findall(r'\sid="([^"]*)"', page)
    assert len(names) == len(set(names))
    assert page == render(build_view(analysis), draw_figures(analysis))


def test_the_folder_of_the_user_is_not_published() -> None:
    folder = factory.measured().manifest.plan.folder
    failed = factory.failure(reason=f"No space left: {folder}/part 1/x", stderr_tail=folder)
    analysis = factory.measured(failures=(failed,))
    view = build_view(analysis)
    page = render(view, draw_figures(analysis))
    assert dict(view.experiment.facts)["Files of workloads"] == "in a folder that was chosen"
    for part in ("/media", factory.USER, "Disk of Mine"):
        assert part not in page


def test_every_mode_has_a_place_in_the_tables() -> None:
    cells = [
        dataclasses.replace(
            factory.cell("3.14", "factorize", 2),
            benchmark=Benchmark(workload="factorize", mode=mode, threads=2),
        )
        for mode in reversed(Mode)
    ]
    view = build_view(factory.analysis(cells=tuple(cells)))
    table = factory.part(view, "workload-factorize").tables[0]
    shown = [row.cells[0].value for row in table.rows]
    assert shown == ["one after another", "2 threads", "2 processes", "2 interpreters", "2 tasks"]


def test_the_document_has_measures_and_memory() -> None:
    found = json.loads(analysis_document(factory.measured(), pathlib.Path("page")))
    first = found["measures"][0]
    assert (first["variant"], first["benchmark"]) == ("3.14", "remote_control/threads=1")
    assert (first["name"], first["mean"]) == ("response_s", None)
    assert set(first["p99"]) == {"point", "low", "high", "level", "n", "method"}
    assert found["memory"][-1]["pss_bytes"] is None
    assert factory.USER not in json.dumps(found["measures"])
