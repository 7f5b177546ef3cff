"""The index as a value and as a page, of odd and hostile summaries too."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import time
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.report.index.html import render_index
from harness.report.index.summary_file import What
from harness.report.index.trends import MAX_EXPERIMENTS, Listed, groups
from harness.report.index.view import IndexView, Pages, index_view
from harness.report.index.words import day, link
from tests.unit.report import summaries_factory as factory
from tests.unit.report.snapshots import outline

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e{{ 7 * 7 }}]]>"


def pages(*experiments: Listed, **more: object) -> Pages:
    facts: dict[str, object] = {"comparisons": (), "others": ()}
    return Pages(experiments=experiments, **{**facts, **more})  # type: ignore[arg-type]


def view(*experiments: Listed, **more: object) -> IndexView:
    found = pages(*experiments, **more)
    return index_view(found, groups(found.real))


@functools.cache
def usual() -> Pages:
    partial = factory.summary(9, label="laptop", blocks_done=3, is_complete=False)
    return pages(
        *factory.nightly(8, at=5),
        factory.listed(partial),
        factory.listed(factory.against_itself()),
        comparisons=(("compare-before-after", factory.compared()),),
        others=("20250101T000000Z-abcdef",),
        refused=("elsewhere",),
    )


@functools.cache
def usual_page() -> str:
    return render_index(usual())


@functools.cache
def large_page() -> tuple[str, float]:
    """Return an index of 500 experiments, and how long it took, seconds of CPU."""
    labels = ("nightly", "weekly")
    many = pages(
        *(factory.listed(factory.summary(n, label=labels[n % 2])) for n in range(490)),
        *(factory.listed(factory.against_itself(n)) for n in range(490, 500)),
    )
    started = time.process_time()
    made = render_index(many)
    return made, time.process_time() - started


def test_the_index(snapshot: SnapshotAssertion) -> None:
    found = usual()
    assert outline(index_view(found, groups(found.real))) == snapshot


def test_the_same_pages_give_the_same_bytes_in_any_order() -> None:
    turned = Pages(
        experiments=usual().experiments[::-1],
        comparisons=usual().comparisons,
        others=usual().others,
        refused=usual().refused,
    )

    assert render_index(turned) == usual_page()


def test_a_step_is_marked_with_what_changed() -> None:
    (step,) = view(*factory.nightly()).trends[0].steps

    assert step.name == "3.14t"
    assert step.number.startswith("+14")
    assert "factorize is slower with one thread" in step.sentence
    assert "So are lesson (+1" in step.sentence
    assert "In between, the build changed: 3.14.7 → 3.14.8." in step.sentence
    assert step.is_confirmed
    assert step.is_worse
    assert (step.when, step.link) == (
        "20\u00a0Jan\u00a02026",
        link(factory.nightly()[18].folder),
    )


def test_a_step_of_the_newest_experiment_alone_is_not_confirmed() -> None:
    (step,) = view(*factory.nightly(20, at=19)).trends[0].steps

    assert not step.is_confirmed
    assert step.sentence.endswith("Not confirmed: only one experiment since.")


def test_without_a_step_it_is_said_which_would_have_been_seen() -> None:
    trend = view(*factory.nightly(step=1.0)).trends[0]

    assert trend.steps == ()
    assert re.match(r"No step: 16 series searched together; a step of [\d.]+", trend.sentences[0])


def test_what_else_changed_at_a_step_is_named() -> None:
    first, last = (
        tuple(
            factory.listed(
                msgspec.structs.replace(
                    factory.summary(day, slower={"3.14t": slower}),
                    code=code,
                    machine=msgspec.structs.replace(factory.MACHINE, kernel=kernel),
                )
            )
            for day in days
        )
        for days, slower, code, kernel in (
            (range(8), 1.0, "one", "6.1.0"),
            (range(8, 16), 1.2, "two", "6.2.0"),
        )
    )

    (step,) = view(*first, *last).trends[0].steps

    assert (
        "In between, the kernel changed: 6.1.0 → 6.2.0 and the code of the workloads changed."
        in (step.sentence)
    )
    same = tuple(
        factory.listed(factory.summary(day, slower={"3.14t": 1.2 if day > 7 else 1.0}))
        for day in range(16)
    )
    (step,) = view(*same).trends[0].steps
    assert "the kernel and the code of the workloads are the same" in step.sentence


def test_other_labels_machines_and_comparisons_with_itself_are_other_trends() -> None:
    other = msgspec.structs.replace(factory.MACHINE, cpus=4, label="Other")
    found = view(
        *factory.nightly(4),
        *(factory.listed(factory.summary(n, machine=other)) for n in range(4)),
        *(factory.listed(factory.summary(n, label="two only")) for n in range(2)),
        *(factory.listed(factory.against_itself(n)) for n in range(5)),
        *(factory.listed(factory.summary(n, label="one block", blocks_done=1)) for n in range(5)),
    )

    assert [one.title for one in found.trends] == ["nightly", "nightly"]
    assert found.noises is not None
    assert len(found.noises.rows) == 5


def test_a_copied_folder_is_not_counted_twice_in_a_trend() -> None:
    one = factory.listed(factory.summary(1))
    copy = Listed(folder="copy", summary=one.summary)

    assert view(one, copy, factory.listed(factory.summary(2))).trends == ()


def test_a_trend_is_of_the_newest_experiments() -> None:
    (group,) = groups(pages(*factory.nightly(70, step=1.0)).real)

    assert len(group.runs) == MAX_EXPERIMENTS
    assert group.older == 20
    assert group.runs[-1].summary.id == factory.nightly(70)[-1].summary.id


def test_the_newest_experiment_leads_and_stands_first() -> None:
    found = view(*factory.nightly(3))

    newest = factory.nightly(3)[-1]
    assert found.newest is not None
    assert found.newest.link == link(newest.folder)
    assert found.recent is not None
    assert [row.link for row in found.recent.rows] == [
        link(one.folder) for one in factory.nightly(3)[::-1]
    ]


@pytest.mark.parametrize(
    "unsure", [{"grade": "D"}, {"preset": "fast"}, {"blocks_done": 2}, {"blocks_done": 1}]
)
def test_a_quick_look_does_not_take_the_place_of_a_thorough_experiment(
    unsure: dict[str, object],
) -> None:
    *_, sound, quick = factory.nightly(3)
    quick = dataclasses.replace(quick, summary=msgspec.structs.replace(quick.summary, **unsure))

    found = view(sound, quick)

    assert found.newest is not None
    assert found.newest.link == link(sound.folder)
    assert found.newest.newer.startswith("Newer, but less certain: 1 experiment (")
    alone = view(quick)
    assert alone.newest is not None
    assert (alone.newest.link, alone.newest.newer) == (link(quick.folder), "")


def test_of_quick_looks_one_with_an_interval_leads() -> None:
    *_, first, second = factory.nightly(3)
    brief, one_block = (
        dataclasses.replace(each, summary=msgspec.structs.replace(each.summary, blocks_done=done))
        for each, done in ((first, 3), (second, 1))
    )

    found = view(brief, one_block)

    assert found.newest is not None
    assert found.newest.link == link(brief.folder)


def test_long_names_of_compared_files_stay_apart() -> None:
    old, new = (f"cpython 3.15.0a1 (64-bit), {'x' * 60} ({end}.json)" for end in ("GIL", "NOGIL"))
    compared = dataclasses.replace(pages(), comparisons=(("c", factory.compared(old, new)),))

    table = index_view(compared, ()).comparisons

    assert table is not None
    head = table.rows[0].head
    assert "NOGIL" in head
    assert "(GIL" in head.partition(" against ")[2]


def test_experiments_without_a_label_are_told_apart_by_what_was_measured() -> None:
    one, other = (
        factory.listed(
            msgspec.structs.replace(factory.summary(place, label=""), workloads=workloads)
        )
        for place, workloads in enumerate((("factorize",), ("a", "b", "c", "d", "e")))
    )

    found = view(one, other)

    assert found.recent is not None
    assert [row.cells[0].value.partition(":")[0] for row in found.recent.rows] == [
        "a, b, c and 2 more",
        "factorize",
    ]


def test_each_frequent_variant_has_a_column_and_the_others_have_one_together() -> None:
    labels = tuple(f"build-{number}" for number in range(30))
    found = view(
        factory.listed(factory.summary(9, labels=labels)),
        *factory.nightly(3),
    )

    assert found.recent is not None
    titles = [column.title for column in found.recent.columns]
    assert set(factory.LABELS) < set(titles)
    assert titles[-1] == "Others"
    assert len(titles) <= 12
    assert found.recent.rows[0].cells[-1].value.endswith("and 25 more")


def test_an_empty_folder_says_how_to_begin() -> None:
    page = render_index(pages())

    assert "No page yet" in page
    assert "nox -s bench" in page


def test_experiments_of_one_interpreter_alone_are_listed() -> None:
    page = render_index(pages(factory.listed(factory.against_itself())))

    assert "±3.1\u00a0%" in page
    assert "There is none yet" not in page


def test_the_page_is_strict_and_leads_only_to_pages_beside_it() -> None:
    page = usual_page()

    assert "default-src &#39;none&#39;" in page
    assert "unsafe" not in page
    assert not re.search(r"\sstyle=", page)
    outside = re.findall(r'(?:src|href)="(?!#|data:)([^"]*)"', page)
    assert outside
    assert all(re.fullmatch(r"\./[\w.%-]+/index\.html", one) for one in outside)
    names = re.findall(r'\sid="([^"]*)"', page)
    assert len(names) == len(set(names))
    wanted = re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', page)
    assert {one or other for one, other in wanted} <= set(names)
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_hostile_summaries_are_shown_as_text() -> None:
    found = [
        factory.summary(n, label=HOSTILE, labels=(HOSTILE, "$x^2$"), created=f"{HOSTILE}{n}")
        for n in range(4)
    ]
    page = render_index(
        pages(
            *(Listed(folder=f"java\nscript:{n}", summary=one) for n, one in enumerate(found)),
            comparisons=(("../../etc", factory.compared(old=HOSTILE, new=HOSTILE)),),
            others=("../..", "\udcff<b>", "\\\\host\\share", "%2e%2e"),
        )
    )

    assert page.count("<script") == 1  # ours
    assert "<b>\ufffd" not in page
    assert not {"\x1b", "\u202e"} & set(page)
    page.encode()
    links = re.findall(r'href="(?!#|data:)([^"]*)"', page)
    assert all(re.fullmatch(r"\./[^/\\:]+/index\.html", one) for one in links)
    assert "./..%2F../index.html" in links
    assert "./%252e%252e/index.html" in links
    for figure in re.findall(r"<svg xmlns.*?</svg>", page, re.DOTALL):
        ET.fromstring(figure)  # noqa: S314 - our own


@pytest.mark.parametrize(
    "odd",
    [
        tuple(factory.listed(factory.summary(n, times=())) for n in range(3)),
        tuple(factory.listed(factory.summary(n, variants=(), times=())) for n in range(3)),
        tuple(factory.listed(factory.summary(n, labels=("3.14",) * 3)) for n in range(3)),
        tuple(
            factory.listed(
                factory.summary(
                    n,
                    labels=("3.14",),
                    variants=(
                        msgspec.structs.replace(
                            factory.variant("3.14", 1.0),
                            answer=msgspec.structs.replace(
                                factory.variant("3.14", 1.0).answer,
                                what=what,
                                number=factory.number(1e-11 * 10.0 ** (7 * n), error=9.0),
                            ),
                        ),
                    ),
                )
            )
            for n, what in enumerate((What.TIME, What.SPEEDUP, What.SPEEDUP, What.SPEEDUP))
        ),
    ],
    ids=["no times", "no variants", "one label thrice", "endless"],
)
def test_odd_summaries_have_an_index(odd: tuple[Listed, ...]) -> None:
    page = render_index(pages(*odd))

    assert not re.search(
        r"\b(?:nan|inf|None)\b", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    )


def test_an_index_of_500_is_small_and_quick() -> None:
    page, seconds = large_page()

    assert seconds < 3
    assert len(page.encode()) < 1_000_000
    assert "490 experiments" not in page
    assert "500 experiments" in page


@pytest.mark.parametrize(
    ("created", "said"),
    [
        ("2026-01-17T12:00:00+00:00", "17\u00a0Jan\u00a02026"),
        ("2026-13-17T12:00:00+00:00", "2026-13-17"),
        ("yesterday, at noon", "yesterday,"),
        ("20²6-01-17", "20²6-01-17"),
        ("", ""),
    ],
)
def test_a_date_is_written_for_people(created: str, said: str) -> None:
    assert day(created) == said
