"""``compare`` as a user meets it: what it prints and writes, and its exit codes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import msgspec
import pytest

from harness.commands import compare
from harness.model import Noise
from tests.paths import ROOT
from tests.unit import fakes
from tests.unit.commands.compare_cases import NEW, OLD, page, pyperf_file, run, stored


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))


def test_what_the_machine_calls_different_by_chance_is_no_difference(
    capsys: pytest.CaptureFixture[str],
) -> None:
    noise = Noise(experiment="aa", created="2026", floor=0.2, comparisons=12, blocks=6, different=0)
    stored(OLD)
    stored(NEW, digest="two", effect=0.1, noise=noise)

    for arguments, expected in (((), "unchanged within 20"), (("--threshold", "2%"), "slower")):
        run(OLD, NEW, *arguments)
        out = capsys.readouterr().out
        (line,) = (
            one for one in out.splitlines() if one.split()[:2] == ["factorize/threads=2", "3.14t"]
        )
        assert expected in line


def test_two_experiments_are_compared_against_the_build_they_share(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stored(OLD)
    stored(NEW, digest="two", effect=0.1, drift=0.2)

    assert run("20260101", "20260102") == 0

    out = capsys.readouterr().out
    (line,) = (
        one for one in out.splitlines() if one.split()[:2] == ["factorize/threads=2", "3.14t"]
    )
    assert "slower" in line
    assert "the ratio to 3.14, the same build in both experiments" in out
    assert "3.14t means another build now than then" in out
    (path,) = Path("reports").glob(f"compare-{OLD}-{NEW}-????????/index.html")
    assert out.endswith(f"Report: {path}\n")
    assert "secret-host" not in page()
    assert "factorize" in page()


def test_the_document_holds_what_the_docs_promise(capsys: pytest.CaptureFixture[str]) -> None:
    stored(OLD)
    stored(NEW, digest="two", effect=0.1)

    assert run(OLD, NEW, "--json") == 0

    found = json.loads(capsys.readouterr().out)
    docs = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    section = docs.partition("## `compare --json`")[2]
    for key in (*found, *found["cells"][0]):
        assert f"`{key}`" in section
    cell = next(
        one
        for one in found["cells"]
        if (one["benchmark"], one["variant"]) == ("factorize/threads=4", "3.14t")
    )
    assert cell["verdict"] == "slower"
    assert cell["basis"] == "anchor"
    assert cell["anchor"] == "3.14"
    assert cell["ratio"]["point"] == pytest.approx(1.1, abs=0.02)
    assert 0 < cell["smallest_detectable"] < 0.05


@pytest.mark.parametrize(("effect", "code"), [(0.1, 10), (0.03, 0), (-0.1, 0)])
def test_a_gate_ends_with_its_own_exit_code_after_all_was_printed(
    effect: float, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    stored(OLD)
    stored(NEW, digest="two", effect=effect)

    assert run(OLD, NEW, "--json", "--fail-if", "slower>5%", "--fail-if", "changed>50%") == code

    shown = capsys.readouterr()
    gates = json.loads(shown.out)["gates"]
    assert [one["condition"] for one in gates] == ["slower>5%", "changed>50%"]
    assert Path(json.loads(shown.out)["report"]).exists()
    assert bool(gates[0]["tripped_by"]) == (code == 10)
    assert gates[1]["tripped_by"] == []
    assert ("--fail-if 'slower>5%' is met by 3 cells (" in shown.err) == (code == 10)
    assert ("factorize/" in shown.err) == (code == 10)


def test_pyperf_files_are_compared_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    old = pyperf_file("old.json", {"sort": 0.1, "gone": 0.1, "<b>": 0.1}, hostname="box")
    new = pyperf_file("new.json", {"sort": 0.2, "<b>": 0.1, "fresh": 0.1}, hostname="box")

    assert run(old, new) == 0

    out = capsys.readouterr().out
    assert "only in old: gone" in out
    assert "only in new: fresh" in out
    assert "Run-to-run noise is unknown" in out
    assert "&lt;b&gt;" in page()
    assert "<b>, " not in page()


def test_what_runs_differ_by_may_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    old, new = (pyperf_file(f"{name}.json", {"a": t}) for name, t in (("old", 1.0), ("new", 1.05)))

    run(old, new, "--json")
    (unknown,) = json.loads(capsys.readouterr().out)["cells"]
    run(old, new, "--json", "--run-to-run", "0.2%")
    (given,) = json.loads(capsys.readouterr().out)["cells"]

    assert (unknown["basis"], unknown["verdict"]) == ("run-to-run unknown", "unresolved")
    assert (given["basis"], given["verdict"]) == ("run-to-run given", "slower")
    assert given["run_to_run"] == {"sd": 0.002, "experiments": 0}


def test_what_runs_differ_by_is_learned_from_other_experiments_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for number in range(5):
        stored(f"2025010{number}T000000Z-cccccc", drift=number * 0.01)
    stored(OLD)
    stored(NEW, digest="two", effect=0.5, drift=1.0)
    Path("results/damaged").mkdir()
    Path("results/damaged/manifest.json").write_text("{")

    assert run(OLD, NEW, "--json", "--no-anchor") == 0

    found = json.loads(capsys.readouterr().out)
    (basis,) = {one["basis"] for one in found["cells"]}
    assert basis == "run-to-run known"
    noise = found["cells"][0]["run_to_run"]
    assert noise["experiments"] == 5
    assert noise["sd"] == pytest.approx(0.0158, abs=0.004)
    assert any("damaged" in said for said in found["warnings"])


def test_failed_processes_leave_a_cell_with_what_is_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stored(OLD)
    stored(NEW, failing=True)

    assert run(OLD, NEW, "--json") == 0

    found = json.loads(capsys.readouterr().out)
    assert any("failed in NEW" in one["reason"] for one in found["failed"])


def test_another_machine_is_refused_until_it_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    stored(OLD)
    stored(NEW, machine=msgspec.structs.replace(fakes.TWO_CPUS, cpu_model="Other CPU"))

    assert run(OLD, NEW) == 2
    assert "CPU model: Test CPU / Other CPU" in capsys.readouterr().err
    assert run(OLD, NEW, "--across-machines") == 0
    assert "Two machines are compared" in capsys.readouterr().out

    old = pyperf_file("old.json", {"a": 1.0}, hostname="one")
    new = pyperf_file("new.json", {"a": 1.0}, hostname="two")
    assert run(old, new) == 2
    assert "host name: one / two" in capsys.readouterr().err
    assert run(old, new, "--across-machines", "--json") == 0
    assert json.loads(capsys.readouterr().out)["is_across_machines"] is True


def test_other_code_and_another_switch_interval_are_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stored(OLD)
    stored(NEW, workloads_digest="other")

    assert run(OLD, NEW) == 0
    assert "warning: More than the builds differs (workload code:" in capsys.readouterr().out


def test_an_experiment_is_compared_with_a_file_of_its_benchmarks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stored(OLD)
    file = pyperf_file("one.json", {"factorize/threads=2": 0.02})

    assert run(OLD, file) == 2
    assert "choose one with --variant LABEL" in capsys.readouterr().err
    assert run(OLD, file, "--variant", "3.14") == 0
    assert "factorize/threads=2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--fail-if", "worse"), 2, "valid: slower>5%, faster>5%, changed>5%"),
        (("--threshold", "2"), 2, "--threshold '2' is not a share"),
        (("--threshold", "0%"), 2, "--threshold '0%' is not a share"),
        (("--run-to-run", "nan%"), 2, "--run-to-run 'nan%' is not a share"),
        (("--anchor", "x", "--no-anchor"), 2, "exclude each other"),
        (("--anchor", "x"), 2, "--anchor x: not the same build"),
        (("--variant", "=x"), 2, "write LABEL or OLD=NEW"),
    ],
)
def test_a_bad_option_is_one_sentence(
    options: tuple[str, ...], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = (pyperf_file(name, {"a": 1.0}) for name in ("old.json", "new.json"))

    assert run(old, new, *options) == code

    assert said in capsys.readouterr().err


def test_what_cannot_be_read_or_compared_has_its_exit_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = pyperf_file("good.json", {"a": 1.0})
    Path("cut.json.gz").write_bytes(gzip.compress(Path(good).read_bytes())[:-9])
    Path("text.txt").touch()
    Path("none.json").write_text('{"version": "1.0", "benchmarks": []}')
    for bad, code, said in (
        ("cut.json.gz", 6, "is cut short"),
        ("none.json", 6, "has no benchmark"),
        ("absent.json", 6, "cannot be read: No such file"),
        ("text.txt", 2, "a pyperf file ends in .json or .json.gz"),
        ("20260101", 6, "no experiment in results"),
        (good, 2, "compared with itself"),
        (f"./{good}", 2, "compared with itself"),
        (pyperf_file("other.json", {"b": 1.0}), 3, "no cell is in both"),
    ):
        assert run(good, bad) == code
        assert said in capsys.readouterr().err


def test_what_spreads_beyond_all_bounds_is_shown_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, values in (("old.json", (1e-17, 1e17)), ("new.json", (1e17, 1e-17, 1.0))):
        runs = [{"values": [value]} for value in values]
        bench = {"runs": runs, "metadata": {"name": "wild"}}
        Path(name).write_text(json.dumps({"version": "1.0", "benchmarks": [bench]}))

    assert run("old.json", "new.json") == 0
    out = capsys.readouterr().out
    assert "not resolved" in out
    assert "1.00× (interval too wide to show)" in out
    assert "many times that" in out
    assert max(map(len, out.splitlines())) < 400
    assert run("old.json", "new.json", "--json") == 0
    (cell,) = json.loads(capsys.readouterr().out)["cells"]
    assert cell["smallest_detectable"] > 1e9


def test_what_is_unfinished_or_torn_is_compared_and_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stored(OLD)
    stored(NEW)
    journal = Path("results") / NEW / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[: len(lines) // 2]) + '{"job"')

    assert run(OLD, NEW) == 0

    out = capsys.readouterr().out
    assert f"warning: {NEW} rests on 2 of 6 blocks." in out
    assert f"warning: {NEW}: The journal's last line was torn and is left out." in out
    journal.write_text(lines[0])
    assert run(OLD, NEW) == 3
    assert "has no successful measurement" in capsys.readouterr().err


def test_an_anchor_that_changed_itself_is_suspicious(capsys: pytest.CaptureFixture[str]) -> None:
    stored(OLD)
    stored(NEW, digest="two", drift=0.5)

    assert run(OLD, NEW) == 0

    out = capsys.readouterr().out
    assert "warning: 3.14, the same build in both, changed itself" in out


def test_a_gate_does_not_keep_silent_about_what_it_cannot_judge(
    capsys: pytest.CaptureFixture[str],
) -> None:
    old = pyperf_file("old.json", {"a": 1.0, "b": 1.0})
    new = pyperf_file("new.json", {"a": 1.0})

    assert run(old, new, "--fail-if", "slower>5%") == 0

    out = capsys.readouterr().out
    assert "--fail-if ignored 1 cell that failed, that new does not have" in out
    assert "--fail-if 'slower>5%': shown for no cell, 1 of 2 cells tested; it would" in out


def test_both_machines_stand_on_the_page_when_two_are_compared() -> None:
    old = pyperf_file("old.json", {"a": 1.0}, cpu_model_name="Red CPU")
    new = pyperf_file("new.json", {"a": 1.0}, cpu_model_name="Blue CPU")

    assert run(old, new, "--across-machines") == 0

    assert "Red CPU / Blue CPU" in page()
    assert "Two machines are compared (CPU model: Red CPU / Blue CPU)" in page()


def test_variants_of_files_cannot_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    names = [pyperf_file(name, {"a": 1.0}) for name in ("old.json", "new.json")]

    assert run(*names, "--variant", "x") == 2
    assert "pyperf files have none" in capsys.readouterr().err


def test_a_folder_is_named_after_a_file_without_its_ending() -> None:
    assert compare._stem("../../etc/passwd") == "etc-passwd"
    assert compare._stem("a\0b\n.json.gz") == "a-b"
