"""Comparing sides: what is matched, how it is decided, and how often it is wrong."""

from __future__ import annotations

import dataclasses
import math

import msgspec
import numpy as np
import pytest

from harness.analysis.comparing import run_to_run
from harness.analysis.comparing.comparability import other_machine, other_settings
from harness.analysis.comparing.compare import Cells, compare
from harness.analysis.comparing.comparison import Choice, How
from harness.analysis.comparing.gate import parse_gate, tripping
from harness.analysis.comparing.sides import (
    ComparisonInput,
    Key,
    Lost,
    Place,
    input_of_experiment,
)
from harness.errors import ConfigError, NothingToDoError
from harness.model import Decision, Pin
from tests.unit import fakes
from tests.unit.analysis.sides import PLACE, World, experiment, file, sample

PLAIN = Choice(threshold=0.02)
NO_ANCHOR = Choice(threshold=0.02, may_anchor=False)
CHANGED = (Decision.FASTER, Decision.SLOWER)


def changed(cells: Cells) -> bool:
    return any(one.verdict and one.verdict.decision in CHANGED for one in cells.compared)


def share_changed(
    pairs: list[tuple[ComparisonInput, ComparisonInput]], choice: Choice, known: object = None
) -> float:
    found = [compare(old, new, choice, known or {}) for old, new in pairs]  # type: ignore[arg-type]
    return sum(map(changed, found)) / len(found)


def test_with_an_anchor_drift_between_experiments_is_no_difference() -> None:
    world = World(rng=np.random.default_rng(1), run_sd=0.05)
    pairs = [(world.experiment("a"), world.experiment("b", digest="new")) for _ in range(600)]

    cells = compare(*pairs[0], PLAIN, {}).compared
    ways = {one.key.variant: one.basis.how for one in cells}
    assert ways == {"base": How.ASSUMED, "b1": How.ANCHOR}
    wrong = [
        any(
            one.verdict and one.verdict.decision in CHANGED
            for one in compare(old, new, PLAIN, {}).compared
            if one.basis.how is How.ANCHOR
        )
        for old, new in pairs
    ]
    assert sum(wrong) / len(wrong) <= 0.07


@pytest.mark.parametrize("run_sd", [0.005, 0.03, 0.06])
@pytest.mark.no_cover
def test_with_known_drift_the_level_holds_whatever_the_drift_is(run_sd: float) -> None:
    world = World(rng=np.random.default_rng(2), run_sd=run_sd)
    wrong = 0
    for _ in range(150):
        stored = [world.experiment(f"s{index}") for index in range(8)]
        known = run_to_run.known(stored, stored[0])
        assert known["cpu"].experiments == 8
        cells = compare(world.experiment("a"), world.experiment("b"), NO_ANCHOR, known)
        assert {one.basis.how for one in cells.compared} == {How.KNOWN}
        wrong += changed(cells)
    assert wrong / 150 <= 0.09


def test_with_unknown_drift_the_assumption_covers_what_was_measured() -> None:
    world = World(rng=np.random.default_rng(3), run_sd=0.028)
    pairs = [(world.experiment("a"), world.experiment("b")) for _ in range(300)]

    assert share_changed(pairs, NO_ANCHOR) <= 0.07
    files = [(world.file(), world.file()) for _ in range(300)]
    assert share_changed(files, PLAIN) <= 0.07


def test_where_processes_differ_much_so_runs_are_assumed_to() -> None:
    world = World(rng=np.random.default_rng(4), run_sd=0.08, process_sd=0.17)
    files = [(world.file(), world.file()) for _ in range(300)]

    assert share_changed(files, PLAIN) <= 0.07
    assert share_changed(files, Choice(threshold=0.02, run_to_run=0.001)) > 0.15


def test_drift_is_estimated_from_experiments_of_the_same_build_alone() -> None:
    world = World(rng=np.random.default_rng(5), run_sd=0.03, process_sd=0.005, block_sd=0.005)
    stored = [
        world.experiment(f"s{index}", digest=f"d{index}", effect=index / 10) for index in range(40)
    ]

    found = run_to_run.known(stored, stored[0])["cpu"]

    assert found.spread.sd == pytest.approx(0.03, rel=0.3)
    assert (found.experiments, found.spread.df) == (40, 39)
    assert run_to_run.known(stored[:4], stored[0]) == {}
    elsewhere = dataclasses.replace(stored[0], place=dataclasses.replace(PLACE, cpu_model="Y"))
    assert run_to_run.known(stored, elsewhere) == {}
    twice = [dataclasses.replace(one, name="same") for one in stored]
    assert run_to_run.known(twice, stored[0]) == {}


def test_a_regression_trips_the_gate_and_a_smaller_one_does_not() -> None:
    world = World(rng=np.random.default_rng(6))
    gate = parse_gate("slower>5%")

    def tripped(effect: float) -> float:
        found = [
            compare(world.experiment("a"), world.experiment("b", effect, digest="n"), PLAIN, {})
            for _ in range(200)
        ]
        return sum(bool(tripping(gate, one.compared)) for one in found) / len(found)

    assert tripped(0.10) > 0.97
    assert tripped(0.03) <= 0.01
    assert tripped(0.05) <= 0.07


@pytest.mark.parametrize(
    ("text", "effect", "is_tripped"),
    [
        ("faster>5%", -0.1, True),
        ("faster > 5 %", 0.1, False),
        ("changed>5.5%", 0.1, True),
        ("changed>5%", -0.1, True),
        ("slower>5%", -0.1, False),
        ("slower>20%", 0.1, False),
    ],
)
def test_a_gate_looks_into_its_own_direction(text: str, effect: float, *, is_tripped: bool) -> None:
    world = World(rng=np.random.default_rng(7))
    found = compare(world.experiment("a"), world.experiment("b", effect), PLAIN, {})

    tripped = tripping(parse_gate(text), found.compared)

    assert {one.key.variant for one in tripped} == ({"b1"} if is_tripped else set())


@pytest.mark.parametrize("threshold", [0.005, 0.02, 0.1])
def test_a_gate_trips_for_nothing_that_the_verdict_does_not_call_so(threshold: float) -> None:
    rng = np.random.default_rng(9)
    directions = {"slower": {Decision.SLOWER}, "faster": {Decision.FASTER}, "changed": set(CHANGED)}
    tripped_at_all = 0
    for _ in range(60):
        samples = [
            {
                f"b{index}": sample(rng.normal(change, 0.02, rng.integers(2, 8)))
                for index, change in enumerate(changes)
            }
            for changes in (np.zeros(6), rng.normal(0, 0.15, 6))
        ]
        choice = Choice(threshold=threshold, run_to_run=0.005)
        cells = compare(file(samples[0]), file(samples[1]), choice, {}).compared
        for direction, allowed in directions.items():
            for percent in (0, 1, 5, 20):
                tripped = tripping(parse_gate(f"{direction}>{percent}%"), cells)
                tripped_at_all += len(tripped)
                assert {cell.verdict.decision for cell in tripped if cell.verdict} <= allowed
    assert tripped_at_all > 100


@pytest.mark.parametrize("text", ["", "slower", "slower>5", "worse>5%", "slower<5%", "slower>-1%"])
def test_an_unknown_condition_names_the_valid_forms(text: str) -> None:
    with pytest.raises(ConfigError, match="slower>5%, faster>5%, changed>5%"):
        parse_gate(text)


def test_the_ratio_of_what_is_certain_is_exact() -> None:
    old = experiment({Key("x", "a"): sample([0.0, 0.1, 0.2])}, {"x": "1"})
    new = experiment({Key("x", "a"): sample([0.5, 0.6])}, {"x": "2"}, name="two")

    (cell,) = compare(old, new, PLAIN, {}).compared

    assert cell.ratio.point == pytest.approx(math.exp(0.45))
    assert (cell.old.n, cell.new.n) == (3, 2)


def test_blocks_are_paired_by_their_number() -> None:
    base, other = [0.0, 0.5, -0.5, 0.2], [1.0, 1.5, 0.5, 1.2]
    cells = {Key("base", "a"): sample(base), Key("x", "a"): sample(other)}
    late = {
        Key("base", "a"): sample(base),
        Key("x", "a"): sample([2.2, 0.9], blocks=(4, 9)),
    }
    old = experiment(cells, {"base": "1", "x": "2"})
    new = experiment(late, {"base": "1", "x": "3"}, name="two")

    (_, cell) = compare(old, new, PLAIN, {}).compared

    # Only block 4 is in both cells of NEW: the ratio to the anchor has one pair, and is not used.
    assert cell.basis.how is How.ASSUMED
    two = {Key("base", "a"): sample(base), Key("x", "a"): sample([2.0, 2.2], blocks=(1, 4))}
    (_, cell) = compare(old, experiment(two, {"base": "1", "x": "3"}), PLAIN, {}).compared
    assert cell.basis.how is How.ANCHOR
    assert cell.where.point == pytest.approx(1.0)


def test_what_is_on_one_side_only_is_missing_or_new() -> None:
    old = file({"a": sample([0.0, 0.1]), "b": sample([0.0, 0.1])})
    new = file({"b": sample([0.0, 0.1]), "c": sample([0.0, 0.1])})

    found = compare(old, new, PLAIN, {})

    assert [one.key.benchmark for one in found.compared] == ["b"]
    assert [one.key.benchmark for one in found.missing] == ["a"]
    assert [one.key.benchmark for one in found.added] == ["c"]


def test_a_cell_that_failed_is_failed_and_not_missing() -> None:
    key = Key("x", "a")
    both = {key: sample([0.0, 0.1]), Key("x", "b"): sample([0.0, 0.1])}
    lost = Lost(key=key, failed=3, succeeded=0, reason="exit code 1")
    old = experiment(both, {"x": "1"})
    new = experiment({Key("x", "b"): both[Key("x", "b")]}, {"x": "1"}, name="two", lost=(lost,))

    found = compare(old, new, PLAIN, {})

    assert found.missing == ()
    assert [(one.key, one.reason) for one in found.failed] == [
        (key, "3 of 3 processes failed in NEW: exit code 1")
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit": "byte"}, "the units differ: second / byte"),
        ({"loop": "4 units, weak scaling"}, "one loop is not the same work"),
        ({"is_paced": True}, "goes on for a fixed time"),
    ],
)
def test_what_measures_something_else_is_not_compared(
    changes: dict[str, object], said: str
) -> None:
    old = experiment({Key("x", "a"): sample([0.0, 0.1])}, {"x": "1"})
    new = experiment({Key("x", "a"): sample([0.0, 0.1], **changes)}, {"x": "1"})

    found = compare(old, new, PLAIN, {})

    assert found.compared == ()
    assert said in found.not_comparable[0].reason


def test_one_process_gives_a_ratio_without_interval_or_verdict() -> None:
    old, new = file({"a": sample([0.0])}), file({"a": sample([0.5, 0.6])})

    (cell,) = compare(old, new, PLAIN, {}).compared

    assert cell.ratio.point == pytest.approx(math.exp(0.55))
    assert (cell.ratio.low, cell.verdict) == (None, None)
    assert tripping(parse_gate("slower>5%"), (cell,)) == ()


def test_bytes_are_not_widened_by_what_times_differ_by() -> None:
    size = sample([math.log(1e6), math.log(1.001e6), math.log(1.0005e6)], unit="byte")

    (cell,) = compare(file({"a": size}), file({"a": size}), PLAIN, {}).compared

    assert cell.basis.how is How.NOT_NEEDED
    assert cell.verdict is not None
    assert cell.verdict.decision is Decision.EQUIVALENT


def test_all_benchmarks_of_a_file_are_one_family_and_a_workload_is_one() -> None:
    several = {f"b{index}": sample([0.0, 0.1, 0.05]) for index in range(5)}
    for cell in compare(file(several), file(several), PLAIN, {}).compared:
        assert cell.verdict is not None
        assert cell.verdict.family == 5
    cells = {
        Key("x", "a/1"): sample([0.0, 0.1], family="a"),
        Key("x", "a/2"): sample([0.0, 0.1], family="a"),
        Key("x", "b/1"): sample([0.0, 0.1], family="b"),
    }
    one = experiment(cells, {"x": "1"})
    found = compare(one, one, PLAIN, {}).compared
    assert [cell.verdict.family for cell in found if cell.verdict] == [2, 2, 1]


def test_the_anchor_may_be_chosen_by_its_label_on_either_side() -> None:
    world = World(rng=np.random.default_rng(8))
    old, new = (world.experiment(name, labels=3) for name in "ab")

    def anchors(choice: Choice) -> dict[str, str]:
        cells = compare(old, new, choice, {}).compared
        return {one.key.variant: one.basis.anchor for one in cells}

    assert anchors(PLAIN) == {"base": "", "b1": "base", "b2": "base"}
    assert anchors(Choice(threshold=0.02, anchor="b2")) == {"base": "b2", "b1": "b2", "b2": ""}
    assert set(anchors(NO_ANCHOR).values()) == {""}
    other = world.experiment("c", digest="else", labels=3)
    with pytest.raises(ConfigError, match=r"--anchor b1: not the same build .*: base"):
        compare(old, other, Choice(threshold=0.02, anchor="b1"), {})


def test_variants_of_other_names_are_compared_when_asked() -> None:
    old = experiment({Key("3.14", "a"): sample([0.0, 0.1])}, {"3.14": "1"})
    new = experiment({Key("3.15", "a"): sample([0.0, 0.1])}, {"3.15": "2"})

    with pytest.raises(NothingToDoError, match=r"3\.14 a.*3\.15 a.*--variant OLD=NEW"):
        compare(old, new, PLAIN, {})
    (cell,) = compare(old, new, Choice(threshold=0.02, variants=(("3.14", "3.15"),)), {}).compared
    assert (cell.old_variant, cell.key.variant) == ("3.14", "3.15")
    with pytest.raises(ConfigError, match=r"has no variant '3\.16'"):
        compare(old, new, Choice(threshold=0.02, variants=(("3.14", "3.16"),)), {})


def test_an_experiment_is_compared_with_a_file_of_one_of_its_variants() -> None:
    cells = {Key(label, "a"): sample([0.0, 0.1]) for label in ("x", "y")}
    held = experiment(cells, {"x": "1", "y": "2"})
    one = file({"a": sample([0.0, 0.1])})

    with pytest.raises(ConfigError, match="any of x, y: choose one with --variant"):
        compare(one, held, PLAIN, {})
    (cell,) = compare(one, held, Choice(threshold=0.02, variants=(("y", "y"),)), {}).compared
    assert (cell.old_variant, cell.key.variant) == ("", "y")
    alone = experiment({Key("x", "a"): cells[Key("x", "a")]}, {"x": "1"})
    (cell,) = compare(alone, one, PLAIN, {}).compared
    assert cell.old_variant == "x"
    with pytest.raises(NothingToDoError, match="no cell is in both"):
        compare(alone, file({"b": sample([0.0, 0.1])}), PLAIN, {})


def test_another_machine_is_known_by_what_both_know() -> None:
    assert other_machine(PLACE, PLACE) == ()
    assert other_machine(PLACE, Place()) == ()
    assert other_machine(PLACE, dataclasses.replace(PLACE, kernel="7")) == ()
    assert other_machine(PLACE, dataclasses.replace(PLACE, cpus=4)) == ("usable CPUs: 2 / 4",)
    assert other_machine(PLACE, dataclasses.replace(PLACE, host="b")) == ("host name: box / b",)
    assert other_machine(PLACE, dataclasses.replace(PLACE, host="0123456789ab")) == ()


def test_what_else_differs_is_said() -> None:
    old = experiment({Key("x", "a"): sample([0.0])}, {"x": "1"})
    settings = (("switch interval", "0.005 s"), ("workload code", "def"))
    place = dataclasses.replace(PLACE, kernel="7")
    new = dataclasses.replace(old, settings=settings, place=place)
    assert other_settings(old, old) == ()
    assert other_settings(old, new) == (
        "switch interval: the interpreter's own / 0.005 s",
        "workload code: abc / def",
    )
    folders = [
        dataclasses.replace(old, settings=(("folder of files", path),)) for path in ("/a", "/b")
    ]
    assert other_settings(*folders) == ("folder of files",)
    six = dataclasses.replace(old, place=dataclasses.replace(PLACE, kernel="6"))
    assert other_settings(six, dataclasses.replace(old, place=place)) == ("kernel: 6 / 7",)
    own = {Key("x", "a"): sample([0.0], code="other")}
    assert other_settings(old, dataclasses.replace(old, samples=own)) == (
        "workload code of factorize",
    )


def test_pinned_threads_and_others_are_not_measured_alike() -> None:
    sides = [
        input_of_experiment(
            fakes.manifest(msgspec.structs.replace(fakes.plan(("3.14",)), pin=pin)), ()
        )
        for pin in (Pin.NONE, Pin.CORES)
    ]
    assert other_settings(*sides) == ("pinned threads: none / cores",)
