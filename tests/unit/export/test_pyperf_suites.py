"""pyperf takes our suites, and finds in them what the store has."""

from __future__ import annotations

import gzip
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pyperf
import pytest

from harness.export.attachments import attachments
from harness.export.pyperf_suites import pyperf_suites, safe_metadata
from harness.model import Mode

if TYPE_CHECKING:
    from pathlib import Path

    from harness.commands.load import Loaded


@pytest.fixture(scope="module")
def files(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    into = tmp_path_factory.mktemp("pyperf")
    found = {}
    for label, suite in loaded.pyperf_suites().items():
        found[label] = into / f"{label}.json"
        found[label].write_bytes(suite)
    return found


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("compare_to", "{3.14}", "{3.14t}", "--table"), "Geometric mean"),
        (("stats", "{3.14t}"), "Number of warmup per run: 5"),
        (("hist", "{pypy}"), "blocking_io/threads=4"),
        (("show", "--metadata", "{3.14}"), "gilscope_variant: 3.14"),
        (("check", "{3.14}"), "factorize/threads=4"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_pyperf_itself_takes_them(
    files: dict[str, Path], command: tuple[str, ...], said: str
) -> None:
    words = [str(files[word[1:-1]]) if word.startswith("{") else word for word in command]
    done = subprocess.run(
        [sys.executable, "-m", "pyperf", *words], capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert said in done.stdout


def test_every_timed_run_is_there_and_nothing_else(loaded: Loaded, files: dict[str, Path]) -> None:
    for label, path in files.items():
        suite = pyperf.BenchmarkSuite.load(str(path))
        theirs = [
            (benchmark.get_name(), tuple(run.values), tuple(run.warmups))
            for benchmark in suite
            for run in benchmark.get_runs()
        ]
        ours = [
            (one.benchmark.name, one.run.values, one.run.warmups)
            for one in loaded.material.processes
            if one.variant == label
        ]
        assert sorted(theirs) == sorted(ours)


def test_a_cell_that_failed_is_left_out(loaded: Loaded, files: dict[str, Path]) -> None:
    (failure,) = loaded.failures
    assert (failure.variant, failure.benchmark.mode) == ("pypy", Mode.SERIAL)
    names = pyperf.BenchmarkSuite.load(str(files["pypy"])).get_benchmark_names()
    assert "lesson/serial" not in names
    assert "lesson/threads=4" in names


def test_metadata_is_what_is_allowed_and_no_more(files: dict[str, Path]) -> None:
    (run, *_) = pyperf.BenchmarkSuite.load(str(files["3.14t"])).get_benchmarks()[0].get_runs()
    assert set(run.get_metadata()) == {
        *("cpu_count", "cpu_model_name", "date", "duration", "load_avg_1min", "loops", "name"),
        *("perf_version", "platform", "python_implementation", "python_version", "timer", "unit"),
        *("gilscope_block", "gilscope_gil", "gilscope_position"),
        *("gilscope_experiment", "gilscope_variant", "gilscope_version"),
    }


@pytest.mark.parametrize(
    "odd",
    [
        {"date": "yesterday", "duration": -1, "timer": ["x"], "platform": {"a": 1}},
        {"date": 5, "duration": True, "timer": "", "platform": "\x00\n"},
        {"duration": "long", "load_avg_1min": "1.5", "cpu_count": 1e300, "timer": "a\nb"},
    ],
)
def test_metadata_that_pyperf_would_refuse_is_left_out(odd: dict[str, object]) -> None:
    raw = msgspec.Raw(msgspec.json.encode({"metadata": odd}))
    said = safe_metadata(raw, clean=str)
    pyperf.Run([1.0], metadata={**said, "name": "x"}, collect_metadata=False)
    assert "date" not in said
    assert "duration" not in said
    assert said.get("timer", "a b") == "a b"


def test_a_page_carries_the_suites_packed(loaded: Loaded) -> None:
    found = attachments(loaded.material)
    assert [one.name for one in found] == [
        *("3.14.json.gz", "3.14t.json.gz", "3.14t+gil.json.gz", "pypy.json.gz")
    ]
    suites = pyperf_suites(loaded.material)
    assert [gzip.decompress(one.data) for one in found] == list(suites.values())
    assert attachments(loaded.material) == found
    assert attachments(loaded.material, max_bytes=1000) == ()
