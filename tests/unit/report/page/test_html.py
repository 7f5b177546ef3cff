"""The page: strict, self-contained, the same bytes every time, and free of leaks."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import hashlib
import html
import itertools
import math
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.errors import StoreError
from harness.report.elements import Attachment, LiveView
from harness.report.page.figures import draw_figures
from harness.report.page.html import render, write_report
from harness.report.page.view import build_view
from harness.report.sections.lesson import fixed_words
from tests.unit.report import factory

if TYPE_CHECKING:
    from pathlib import Path

    from harness.report.redaction import Redacted


HOSTILE = (
    "<script>alert(1)</script>",
    "$x^$_{\\frac",
    "]]>-->--<!--",
    "a" * 3000,
    "line one\nline two\ttab",
    "nul\x00bell\x07",
    '" onload="x" \'',
    "{{ 7 * 7 }}{% raw %}",
    "漢字 عربى \ud800",
)


def page(analysis: Redacted) -> str:
    return render(build_view(analysis), draw_figures(analysis))


def experiment(labels: tuple[str, ...], threads: tuple[int, ...] = (1, 2, 4)) -> Redacted:
    return factory.analysis(
        manifest=factory.manifest(labels, threads),
        cells=factory.cells(labels, threads),
        splits=(),
        failures=(),
    )


@pytest.fixture(scope="module")
def usual() -> str:
    return page(factory.analysis())


@pytest.fixture(scope="module")
def again(usual: str) -> tuple[str, float]:
    """Return the usual page made once more, fonts and templates being loaded, and its seconds."""
    assert usual
    started = time.process_time()
    made = page(factory.analysis())
    return made, time.process_time() - started


def test_same_analysis_gives_the_same_bytes(usual: str, again: tuple[str, float]) -> None:
    assert again[0] == usual


def test_policy_allows_only_our_style_and_our_script(usual: str) -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", usual, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", usual, re.DOTALL)
    hashes = [
        base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()
        for each in (script, style)
    ]
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', usual)
    assert policy is not None
    assert html.unescape(policy.group(1)) == (
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    ).format(*hashes)
    assert usual.count("<script") == usual.count("<style") == 1
    assert not re.search(r"\s(?:style|on\w+)=", usual.replace(script, ""))
    for word in (
        "innerHTML",
        "outerHTML",
        "eval",
        "Function(",
        "document.write",
        "fetch(",
        "import",
    ):
        assert word not in script
    assert len(script.splitlines()) < 130


def test_nothing_is_loaded_from_elsewhere(usual: str) -> None:
    assert re.findall(r'src="(?!data:)[^"]*"', usual) == []
    # What may be followed, and is not loaded: where to read on about the GIL.
    followed = re.findall(r'<a href="(https:[^"]*)" rel="noopener noreferrer"', usual)
    assert followed == [link.href for link in fixed_words.LINKS]
    assert re.findall(r'href="((?!#|data:)[^"]*)"', usual) == followed
    assert "@import" not in usual
    assert set(re.findall(r"https?://[^\s\"'<]+", usual)) - set(followed) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_identifiers_are_unique_and_references_lead_somewhere(usual: str) -> None:
    names = re.findall(r'\sid="([^"]*)"', usual)
    assert len(names) == len(set(names))
    wanted = re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', usual)
    labels = re.findall(r'aria-labelledby="([^"]*)"', usual)
    targets = {one or other for one, other in wanted} | set(" ".join(labels).split())
    assert targets <= set(names)


def test_headings_are_in_order(usual: str) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])", usual)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_figure_has_words_tooltips_and_a_table(usual: str) -> None:
    figures = re.findall(r"<figure.*?</figure>", usual, re.DOTALL)
    assert len(figures) == 10
    for figure in figures:
        assert 'role="img" aria-labelledby=' in figure
        assert "<title>" in figure
        assert "var(--" not in figure
        assert re.search(r'<a href="data:text/csv;[^"]{100,}" download="[\w.-]+\.csv"', figure)
        assert re.search(r'<button class="svg" type="button" data-name="[\w.-]+\.svg"', figure)
    assert sum("<details>" in figure for figure in figures) == 9  # the lesson's stands beside it


def test_nothing_private_is_in_the_bytes(usual: str) -> None:
    for word in (factory.HOST, "secretbox", factory.USER, "/home/", "/opt/", ".cache"):
        assert word not in usual


def test_page_is_small_and_quick(again: tuple[str, float]) -> None:
    made, seconds = again
    assert seconds < 3
    assert len(made.encode()) < 1_000_000


def test_hostile_texts_are_shown_and_not_obeyed() -> None:
    labels = (*HOSTILE, "3.14t")
    hostile = factory.analysis(
        manifest=factory.manifest(labels),
        cells=factory.cells(labels),
        splits=(),
        failures=tuple(
            factory.failure(variant=text, reason=text, stderr_tail=text) for text in HOSTILE
        ),
        notes=HOSTILE,
    )
    shown = page(hostile)
    assert shown.count("<script") == 1
    assert "\x00" not in shown
    shown.encode()
    for figure in re.findall(r"<svg xmlns.*?</svg>", shown, re.DOTALL):
        ET.fromstring(figure)  # noqa: S314 - our own


def test_mathematics_in_a_label_stays_text() -> None:
    figures = draw_figures(experiment(("$x^2$", "3.14t")))
    assert any(">$x^2$<" in figure for figure in figures.values())


@pytest.mark.parametrize(
    "odd",
    [
        experiment(("3.14",)),
        experiment(factory.LABELS, (1,)),
        experiment(factory.LABELS, (2, 4)),
        experiment(factory.LABELS, tuple(range(1, 65))),
        factory.analysis(cells=(), splits=()),
        factory.analysis(cells=factory.cells(spread=6.0), splits=factory.splits(spread=6.0)),
        factory.analysis(cells=factory.cells(n=1), splits=factory.splits(n=1), blocks_done=1),
        factory.analysis(
            cells=(*factory.cells(("3.14",)), *factory.cells(factory.LABELS[1:], n=1))
        ),
        factory.analysis(splits=factory.splits(tuple(range(1, 65)))),
        factory.analysis(manifest=factory.manifest(computer=factory.machine(1))),
        factory.analysis(manifest=factory.manifest(computer=factory.machine(4))),
        factory.analysis(manifest=factory.manifest(computer=factory.machine(2, smt=2))),
    ],
    ids=[
        "one variant",
        "one thread count",
        "no single thread",
        "64 thread counts",
        "all failed",
        "wide intervals",
        "one process",
        "intervals for some",
        "many splits",
        "one core",
        "low ceiling",
        "smt",
    ],
)
def test_odd_experiments_have_a_page(odd: Redacted) -> None:
    shown = page(odd)
    assert not re.search(
        r"\b(?:nan|inf|None)\b", re.sub(r"<style>.*?</style>", "", shown, flags=re.DOTALL)
    )
    assert len(shown.encode()) < 3_000_000


@pytest.mark.parametrize(
    ("point", "labels", "threads"),
    [(0.0, ("3.14t",), (2,)), (0.0, factory.LABELS, (1, 2, 4)), (math.inf, ("3.14t",), (4,))],
)
def test_a_speed_up_without_a_place_on_the_axis_leaves_a_hole(
    point: float, labels: tuple[str, ...], threads: tuple[int, ...]
) -> None:
    beyond = msgspec.structs.replace(factory.estimate(1.0), point=point, low=None, high=None)
    found = [
        dataclasses.replace(
            cell, speedup=beyond, band=beyond, efficiency=beyond, speedup_verdict=None, scaling=None
        )
        if cell.variant in labels and cell.threads in threads
        else cell
        for cell in factory.cells()
    ]

    assert "<svg" in page(factory.analysis(cells=tuple(found)))


def test_a_low_ceiling_is_seen_where_the_numbers_would_be() -> None:
    shown = page(factory.analysis(manifest=factory.manifest(computer=factory.machine(4))))
    assert shown.count("<small>withheld</small>") == 4
    assert "scaling is not judged: the machine itself gives only" in shown


def test_twelve_variants_have_a_legend_each() -> None:
    labels = tuple(f"build-{number}" for number in range(12))
    shown = page(experiment(labels))
    legend = re.search(r'<ul class="legend".*?</ul>', shown, re.DOTALL)
    assert legend is not None
    assert len(set(re.findall(r'href="#(mark-\d+)"', legend.group()))) == 12


def test_wide_intervals_do_not_stretch_the_axis() -> None:
    figures = draw_figures(factory.analysis(cells=factory.cells(spread=6.0), splits=()))
    curve = next(figure for name, figure in figures.items() if "factorize" in name)
    ticks = re.findall(r">([\d.]+)×<", curve)
    assert 2 <= len(ticks) <= 8


def test_report_replaces_an_older_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "one"
    target = write_report(factory.analysis(), folder)
    before = target.read_bytes()
    assert write_report(factory.analysis(), folder).read_bytes() == before
    assert [item.name for item in folder.iterdir()] == ["index.html"]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="Cannot write the report"):
        write_report(factory.analysis(), tmp_path / "file" / "deeper")


def test_the_terminal_loads_no_matplotlib() -> None:
    code = "import sys, harness.report.terminal; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "False\n"


def test_sections_stand_in_the_order_of_the_story_and_all_are_in_the_contents(usual: str) -> None:
    order = [
        *("answer", "scaling", "split", "workloads", "latency", "lesson", "trust", "builds"),
        *("method", "data"),
    ]
    sections = re.findall(r'<section id="([\w.-]+)" class="level-2', usual)
    assert sections == order
    every = re.findall(r'<section id="([\w.-]+)"', usual)
    assert {"pauses", "lost", "memory", "aa", "verdicts", "run-order", "warmup"} <= set(every)
    side, folded = re.findall(r"<nav .*?</nav>", usual, re.DOTALL)
    for contents in (side, folded):
        named = re.findall(r'href="#([\w.-]+)"', contents)
        assert set(every) == set(named)
        assert [name for name in named if name in order] == order


def test_every_section_figure_and_table_has_a_link_to_itself(usual: str) -> None:
    sections = re.findall(r'<section id="([^"]*)"', usual)
    figures = re.findall(r'<figure [^>]*id="([^"]*)"', usual)
    tables = re.findall(r'<div class="scroll" id="([^"]*)"', usual)
    links = dict(re.findall(r'<a class="here" href="#([^"]*)" aria-label="Link to ([^"]+)"', usual))
    assert set(links) == {*sections, *figures, *tables}
    assert min(len(sections), len(figures), len(tables)) >= 5


def test_what_was_not_measured_is_one_line_with_its_command(usual: str) -> None:
    memory = re.search(r'<section id="memory".*?</section>', usual, re.DOTALL)
    assert memory is not None
    assert "Measure it: nox -s bench -- --memory" in re.sub(r"<.*?>", "", memory.group())
    assert "<code><span>nox</span> " in memory.group()
    assert memory.group().count("<p") == 1


def test_cells_of_numbers_carry_them_in_full() -> None:
    cells = tuple(
        dataclasses.replace(cell, speedup=factory.estimate(1.8712345678901234))
        if (cell.variant, cell.benchmark.workload, cell.threads) == ("3.14t", "factorize", 2)
        else cell
        for cell in factory.cells()
    )
    shown = page(factory.analysis(cells=cells))
    assert '<td class="num" data-v="1.8712345678901234">1.871×' in shown
    assert '<td class="num">–' in shown
    assert '<td data-v="' not in shown


def test_attachments_are_downloads_that_need_nothing_else() -> None:
    attached = Attachment(
        name="runs.json.gz",
        title="Download <all> runs",
        media_type="application/gzip",
        data=b"\x1f\x8b",
        sentence="pyperf's own format.",
    )
    analysis = factory.analysis()
    view = build_view(analysis)
    shown = render(view, draw_figures(analysis), (attached,))
    assert 'href="data:application/gzip;base64,H4s=" download="runs.json.gz"' in shown
    assert "Download &lt;all&gt; runs</a></dt><dd>pyperf&#39;s own format.</dd>" in shown


def test_a_running_experiment_says_so_and_looks_again() -> None:
    analysis = factory.analysis()
    live = LiveView(state="Block 3 of 10, <b>", refresh_s=5)
    shown = render(build_view(analysis, live=live), draw_figures(analysis))
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in shown
    assert 'role="status" data-refresh="5"' in shown
    assert "Block 3 of 10, &lt;b&gt;</p>" in shown
    assert 'http-equiv="refresh"' not in page(analysis)


def test_long_tables_travel_packed() -> None:
    figure = factory.part(build_view(factory.analysis()), "scaling").figures[0]
    long = "threads,value\r\n" + "2,1.9\r\n" * 10_000
    view = dataclasses.replace(build_view(factory.analysis()), csv=long)
    shown = render(view, draw_figures(factory.analysis()))
    (link,) = re.findall(
        r'href="data:application/gzip;base64,([^"]*)" download="[^"]*.csv.gz"', shown
    )
    assert gzip.decompress(base64.b64decode(html.unescape(link))).decode() == long
    assert f'download="{figure.name}.csv"' in shown
