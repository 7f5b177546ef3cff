"""``validate`` as a user meets it: what it writes, and when it does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.cli import app
from harness.commands import validate as command
from harness.commands.validate import FULL, all_tasks, simulate, validate
from harness.errors import ConfigError, ValidationError
from harness.validation import families, method_choices, page, pairs
from harness.validation.rows import Task
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TEXT = f"# Methods\n\nBefore.\n\n{page.BEGIN}\nold\n{page.END}\n\nAfter.\n"


def few_tasks() -> list[Task]:
    """Return the first lines of some tables."""
    tasks = list(all_tasks())
    return [
        task
        for table, rows in ((pairs.DESIGN, 4), (families.BAND, 1), (method_choices.UNPAIRED, 2))
        for task in [one for one in tasks if one.table == table][:rows]
    ]


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a page that is full with 20 experiments of a few rows."""
    monkeypatch.setattr(command, "all_tasks", few_tasks)
    monkeypatch.setattr(command, "FULL", 20)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {pid}, raising=False)
    found = tmp_path / "page.md"
    found.write_text(TEXT, encoding="utf-8")
    return found


def run(target: Path, *, simulations: int = 20, seed: int = 1, is_checked: bool = False) -> str:
    return validate(
        target, simulations=simulations, seed=seed, is_checked=is_checked, is_json=False
    )


def test_the_tables_stand_between_the_marks_and_nothing_else_changes(target: Path) -> None:
    told = run(target)

    written = target.read_text(encoding="utf-8")
    assert written.startswith(f"# Methods\n\nBefore.\n\n{page.BEGIN}\n20 experiments")
    assert written.endswith(f"\n{page.END}\n\nAfter.\n")
    assert "\nold\n" not in written
    assert "| none | 0% | 5 |" in written
    assert f"Written: {target}" in told


def test_the_same_seed_writes_the_same_page(target: Path) -> None:
    run(target)
    first = target.read_text(encoding="utf-8")

    run(target)

    assert target.read_text(encoding="utf-8") == first
    run(target, seed=2)
    assert target.read_text(encoding="utf-8") != first


def test_a_check_writes_nothing_and_tells_what_differs(target: Path) -> None:
    with pytest.raises(ValidationError, match="run nox -s validate"):
        run(target, is_checked=True)
    assert target.read_text(encoding="utf-8") == TEXT

    run(target)

    assert "Nothing is written" in run(target, is_checked=True)


def test_rougher_figures_do_not_take_the_place_of_better_ones(target: Path) -> None:
    assert "Nothing is written" in run(target, simulations=10)
    assert target.read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize("text", ["", f"{page.END}\n{page.BEGIN}", f"{page.BEGIN}\n" * 2])
def test_a_page_without_a_place_for_the_tables_is_refused(target: Path, text: str) -> None:
    target.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match="validation: begin"):
        run(target)


def test_a_page_that_is_not_there_is_refused(target: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        run(target.with_name("other.md"))


def test_too_few_experiments_are_refused(target: Path) -> None:
    with pytest.raises(ConfigError, match="at least 10"):
        run(target, simulations=0)


def test_json_has_every_row_and_nothing_else_on_standard_output(
    target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        app.main(["validate", "--json", "--simulations", "10", "--page", str(target)])

    assert ended.value.code == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["simulations"], content["seed"]) == (10, 1)
    assert len(content["rows"]) == len(few_tasks())
    first = content["rows"][0]
    assert first["labels"] == {
        "drift": "none",
        "between processes": "0%",
        "noise": "normal",
        "blocks": "5",
        "values": "2",
    }
    assert first["rates"]["ratio"]["of"] == 10


def test_a_difference_is_an_exit_code_of_its_own(target: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        app.main(["validate", "--check", "--simulations", "10", "--page", str(target)])

    assert ended.value.code == 7


def test_the_rows_are_the_same_for_any_number_of_workers_and_of_other_rows() -> None:
    told: list[tuple[int, int]] = []
    tasks = few_tasks()

    alone = simulate(tasks, simulations=20, seed=1, workers=1)
    shared = simulate(
        tasks, simulations=20, seed=1, workers=2, tell=lambda done, rows: told.append((done, rows))
    )

    assert alone == shared
    assert simulate(tasks[2:3], simulations=20, seed=1, workers=1) == alone[2:3]
    assert told == [(done, len(tasks)) for done in range(len(tasks) + 1)]


def test_what_is_promised_and_missed_is_told_and_bold() -> None:
    (task,) = few_tasks()[:1]
    missed = Task(
        table=task.table,
        labels=task.labels,
        count=task.count,
        arguments=task.arguments,
        limits={"ratio": (0.9, 1.0)},
    )

    found = simulate([missed], simulations=20, seed=1, workers=1)

    percent = f"{100 * found[0].rates['ratio'].share:.1f}"
    told = page.summary(found, simulations=20, target=None)
    assert f"not as promised: pairs, none, 0%, normal, 5, 2: ratio {percent} %" in told
    assert f"**{percent}** / " in page.tables(found, simulations=20, seed=1)


def test_the_methodology_holds_what_the_simulations_give() -> None:
    """One row stands for all: the whole page takes minutes (``validate --check``)."""
    text = page.read(ROOT / "docs" / "methodology.md")
    (task,) = [one for one in all_tasks() if one.table == families.BAND][:1]

    (row,) = simulate([task], simulations=FULL, seed=1, workers=1)

    shown = " | ".join(f"{100 * rate.share:.1f}" for rate in row.rates.values())
    assert f"| 5 | 3 | {shown} |" in text
