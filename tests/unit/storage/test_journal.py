"""A journal with faults: refused by its line, or read with a note, and never believed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import StoreError
from harness.running.experiment import measure
from harness.running.progress import screen
from harness.storage import experiment_folder
from harness.storage.journal import encoded
from tests.campaigns.mutations import LINES, anywhere, cut_tail, digit
from tests.unit import fakes
from tests.unit.stored import edit

if TYPE_CHECKING:
    import random

    from tests.campaigns.mutations import Mutation

SAMPLE = Path("results/sample")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a sound experiment of two variants and two blocks."""
    results = tmp_path_factory.mktemp("results")
    plan = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), threads=(1, 2), blocks=2)
    manifest = fakes.manifest(plan)
    with screen(is_quiet=True) as shown:
        measure(
            manifest,
            results=results,
            screen=shown,
            launcher=fakes.FakeLauncher(),
            around=fakes.AROUND,
        )
    return results / manifest.id


@pytest.fixture
def folder(measured: Path, tmp_path: Path) -> Path:
    return shutil.copytree(measured, tmp_path / measured.name)


def lines_of(folder: Path) -> list[bytes]:
    return (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)


def put(folder: Path, lines: list[bytes]) -> None:
    (folder / "journal.jsonl").write_bytes(b"".join(lines))


@given(rng=st.randoms())
@pytest.mark.parametrize(
    "mutation", [digit, *anywhere.values(), *LINES.values(), cut_tail], ids=lambda it: it.__name__
)
def test_no_fault_of_a_journal_is_believed(
    measured: Path, tmp_path_factory: pytest.TempPathFactory, mutation: Mutation, rng: random.Random
) -> None:
    journal = shutil.copytree(measured, tmp_path_factory.mktemp("mutated") / "x") / "journal.jsonl"
    right = experiment_folder.load(measured)
    journal.write_bytes(mutation(rng, journal.read_bytes()))

    try:
        found = experiment_folder.load(journal.parent)
    except StoreError as error:
        assert "journal.jsonl, line" in str(error)  # noqa: PT017 - most are refused
    else:
        assert found.outcomes == right.outcomes or found.notes


@given(rng=st.randoms())
def test_a_changed_digit_of_a_journal_or_a_manifest_is_refused(
    measured: Path, tmp_path_factory: pytest.TempPathFactory, rng: random.Random
) -> None:
    folder = shutil.copytree(measured, tmp_path_factory.mktemp("mutated") / "x")
    for name in ("journal.jsonl", "manifest.json"):
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(digit(rng, data))

        with pytest.raises(StoreError, match=rf"{name}.* is damaged"):
            experiment_folder.load(folder)

        (folder / name).write_bytes(data)


def test_a_changed_value_names_its_line_and_a_way_out(folder: Path) -> None:
    lines = lines_of(folder)
    lines[7] = lines[7].replace(b'"values":[0.0', b'"values":[9.0')
    put(folder, lines)

    with pytest.raises(StoreError, match=r"line 8 is damaged.*checksum.*--resume") as caught:
        experiment_folder.load(folder)

    assert folder.name in str(caught.value)


def test_every_damaged_line_is_named_at_once(folder: Path) -> None:
    lines = lines_of(folder)
    for place in (2, 7, 9):
        lines[place] = lines[place].replace(b'"duration_s":', b'"duration_s":1')
    put(folder, lines)

    with pytest.raises(StoreError, match=r"line 3 is damaged .*, and so are lines 8, 10: .*these"):
        experiment_folder.load(folder)

    put(folder, [line for place, line in enumerate(lines) if place not in (2, 7, 9)])
    assert len(experiment_folder.load(folder).outcomes) == len(lines) - 3


def test_of_two_lines_of_one_job_the_first_is_kept_and_it_is_said(folder: Path) -> None:
    right = experiment_folder.load(folder)
    lines = lines_of(folder)
    other = msgspec.structs.replace(right.outcomes[-1], duration_s=7.0)
    put(folder, [*lines, lines[0], encoded([other])])

    found = experiment_folder.load(folder)

    assert found.outcomes == right.outcomes
    assert found.repeated == (len(lines) + 1, len(lines) + 2)
    assert any("Only the first line of each counts; left out: 19, 20." in it for it in found.notes)


def test_a_pilot_that_was_run_again_is_no_repetition(folder: Path) -> None:
    first = experiment_folder.load(folder).outcomes[0]
    again = msgspec.structs.replace(first, duration_s=0.7)
    put(folder, [encoded([first, again])])

    found = experiment_folder.load(folder)

    assert (found.outcomes, found.notes) == ((first, again), ())


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (0, "1 line of the pilot"),
        (7, "1 line of block 1"),
        (12, "1 line of block 2"),
    ],
)
def test_a_line_that_was_removed_is_missed(folder: Path, place: int, message: str) -> None:
    lines = lines_of(folder)
    del lines[place]
    put(folder, lines)

    (note,) = experiment_folder.load(folder).notes

    assert f"since later ones are: {message}." in note


def test_lines_that_were_moved_are_noticed(folder: Path) -> None:
    lines = lines_of(folder)
    lines[7], lines[8] = lines[8], lines[7]
    put(folder, lines)

    (note,) = experiment_folder.load(folder).notes

    assert "not in the order of their times" in note


def test_without_checksums_the_relations_and_keys_of_a_line_are_checked(folder: Path) -> None:
    journal = folder / "journal.jsonl"
    edit(journal, lambda text: text)
    assert b"crc32" not in journal.read_bytes()
    assert experiment_folder.load(folder).notes == ()
    text = journal.read_text()

    journal.write_text(text.replace('"values":[0.0', '"values":[9.0', 1))
    with pytest.raises(StoreError, match=r"line 7 is damaged .*s of their sample"):
        experiment_folder.load(folder)

    journal.write_text(text.replace('"duration_s"', '"stolen":0.0,"duration_s"', 1))
    with pytest.raises(StoreError, match=r"line 1 is damaged \(it has the key 'stolen' twice"):
        experiment_folder.load(folder)


def test_without_a_checksum_a_manifest_has_no_key_twice(folder: Path) -> None:
    edit(folder / "manifest.json", lambda text: text.replace('"label"', '"label": "x", "label"', 1))

    with pytest.raises(
        StoreError, match=r"manifest\.json is damaged: it has the key 'label' twice"
    ):
        experiment_folder.load(folder)


def test_an_experiment_of_an_earlier_schema_is_read() -> None:
    (sample,) = experiment_folder.newest_first(SAMPLE)

    found = experiment_folder.load(sample)

    assert json.loads((sample / "manifest.json").read_bytes())["schema_version"] == 3
    assert len(found.outcomes) == 148
    assert found.notes == ()


@pytest.mark.parametrize("name", ["manifest.json", "journal.jsonl"])
@pytest.mark.parametrize("kind", ["pipe", "link", "folder"])
def test_what_is_no_plain_file_is_refused_and_not_waited_for(
    folder: Path, name: str, kind: str
) -> None:
    path = folder / name
    path.rename(folder / "aside")
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "link":
            path.symlink_to(folder / "aside")
        case _:
            path.mkdir()

    with pytest.raises(StoreError, match=rf"{name} cannot be read"):
        experiment_folder.load(folder)
