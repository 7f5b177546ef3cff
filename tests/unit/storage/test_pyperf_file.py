"""Files that pyperf and others wrote: what is read of them, and what is refused, and how."""

from __future__ import annotations

import gzip
import json
import shlex
import subprocess
import sys
import tracemalloc
from typing import TYPE_CHECKING, Any

import pyperf
import pytest

from harness.errors import StoreError
from harness.storage import pyperf_file, pyperf_formats

if TYPE_CHECKING:
    from pathlib import Path


def run(*values: float, **metadata: object) -> dict[str, Any]:
    return {"values": list(values), "metadata": metadata} if values else {"metadata": metadata}


def suite(*benchmarks: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"version": "1.0", "benchmarks": list(benchmarks), **more}


def bench(name: str, *runs: dict[str, Any], **metadata: object) -> dict[str, Any]:
    return {"runs": list(runs), "metadata": {"name": name, **metadata}}


def written(folder: Path, content: object, name: str = "a.json") -> Path:
    path = folder / name
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_what_pyperf_itself_wrote_is_read(tmp_path: Path, name: str) -> None:
    common = {"name": "sort", "unit": "second", "hostname": "box", "python_version": "3.14.7"}
    runs = [
        pyperf.Run([], warmups=[(1, 0.1)], metadata={**common, "calibrate_loops": 1}),
        pyperf.Run([0.1, 0.2], metadata={**common, "date": "2026-01-02 03:04:05"}),
        pyperf.Run([0.3], metadata={**common, "date": "2026-01-02 03:04:04"}),
    ]
    pyperf.Benchmark(runs).dump(str(tmp_path / name))

    read = pyperf_file.load(tmp_path / name)

    (found,) = read.benchmarks
    assert (found.name, found.unit, found.inner_loops) == ("sort", "second", 1)
    assert found.runs == ((0.1, 0.2), (0.3,))
    assert read.fact("python_version") == "3.14.7"
    assert read.fact("date") == "2026-01-02 03:04:04"


def test_a_run_s_own_metadata_comes_before_the_benchmark_s_and_the_suite_s(tmp_path: Path) -> None:
    content = suite(
        bench("a", run(1.0, unit="byte"), unit="integer"),
        bench("b", run(1.0)),
        metadata={"unit": "second", "cpu_model_name": "CPU", "unknown": [1, {"x": None}]},
    )

    read = pyperf_file.load(written(tmp_path, content))

    assert [one.unit for one in read.benchmarks] == ["byte", "second"]
    assert read.fact("cpu_model_name") == "CPU"


def test_what_was_only_calibrated_is_left_out(tmp_path: Path) -> None:
    calibrated = bench("sort", run(unit="byte"), run())
    content = suite(calibrated, bench("a", run(inner_loops=5), run(1.0), run(2.0)))

    read = pyperf_file.load(written(tmp_path, content))

    assert [(one.name, one.inner_loops) for one in read.benchmarks] == [("a", 1)]
    assert read.empty == ("sort",)


def test_what_runs_do_not_agree_about_is_not_known(tmp_path: Path) -> None:
    content = suite(bench("a", run(1.0, hostname="one"), run(1.0, hostname="two")))

    assert pyperf_file.load(written(tmp_path, content)).fact("hostname") == ""


RAW = [0.4, 0.2, 0.6]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            {"version": 1, "benchmark": {"name": "a", "loops": 2, "warmups": 1, "runs": [RAW]}},
            ((0.1, 0.3),),
        ),
        (
            {
                "version": 2,
                "benchmarks": {
                    "a": {"loops": 2, "inner_loops": 10, "metadata": {}, "runs": [RAW, [0.2]]}
                },
            },
            ((0.02, 0.01, 0.03), (0.01,)),
        ),
        (
            {
                "version": 3,
                "benchmarks": {
                    "a": {
                        "metadata": {"name": "a", "hostname": "box"},
                        "runs": [
                            {"raw_samples": RAW, "warmups": 1, "loops": 2, "inner_loops": 2},
                            {"raw_samples": [0.6], "inner_loops": 2},
                        ],
                    }
                },
            },
            ((0.05, 0.15), (0.3,)),
        ),
        (
            {
                "version": 3,
                "benchmarks": [
                    {
                        "name": "a",
                        "common_metadata": {"loops": 4, "inner_loops": 1, "duration": "0.4 sec"},
                        "runs": [{"raw_samples": RAW, "warmups": 2, "metadata": {"date": "x"}}],
                    }
                ],
            },
            ((0.15,),),
        ),
        (
            {
                "version": 3,
                "benchmarks": [
                    {
                        "common_metadata": {"name": "a", "loops": 4},
                        "runs": [{"samples": [0.1, 0.2], "warmups": [0.3]}],
                    }
                ],
            },
            ((0.1, 0.2),),
        ),
        (
            {
                "version": 4,
                "benchmarks": [
                    {
                        "common_metadata": {"name": "a", "loops": 4},
                        "runs": [
                            {"samples": [], "warmups": [[1, 0.3]]},
                            {"samples": [0.1], "warmups": [[4, 1.2]]},
                        ],
                    }
                ],
            },
            ((0.1,),),
        ),
    ],
)
def test_formats_that_pyperf_no_longer_reads_give_the_values_of_one_loop(
    tmp_path: Path, content: object, expected: tuple[tuple[float, ...], ...]
) -> None:
    (benchmark,) = pyperf_file.load(written(tmp_path, content, "a.json.gz")).benchmarks

    assert benchmark.name == "a"
    assert [*map(list, benchmark.runs)] == [pytest.approx(list(values)) for values in expected]


def test_an_old_file_says_where_and_by_what_it_was_made(tmp_path: Path) -> None:
    content = {
        "version": 1,
        "benchmark": {
            "name": None,
            "metadata": {"hostname": "box", "python_version": "3.4.3", "cpu_count": "4"},
            "runs": [[1.0]],
        },
    }

    read = pyperf_file.load(written(tmp_path, content))

    assert read.benchmarks[0].name == "benchmark"
    assert (read.fact("hostname"), read.fact("python_version")) == ("box", "3.4.3")


def test_the_command_that_splits_a_file_works_as_printed(tmp_path: Path) -> None:
    path = written(tmp_path, suite(bench("a", run(1.0)), bench("b", run(2.0))))
    with pytest.raises(StoreError, match="0 MiB") as refused:
        pyperf_file.load(path, max_bytes=10)
    _, _, printed = str(refused.value).partition("split it with python ")
    words = [
        {"NAME": "b", "PART.json": "part.json"}.get(word, word) for word in shlex.split(printed)
    ]
    subprocess.run([sys.executable, *words], cwd=tmp_path, check=True, capture_output=True)

    (left,) = pyperf_file.load(tmp_path / "part.json").benchmarks

    assert left.name == "b"


@pytest.mark.parametrize(
    "content",
    [
        {
            "version": 5,
            "benchmarks": [{"runs": [{"samples": [1.5]}], "common_metadata": {"name": "a"}}],
        },
        {"version": 6, "metadata": {"name": "a"}, "benchmarks": [{"runs": [{"values": [1.5]}]}]},
    ],
)
def test_formats_before_pyperf_1_are_read(tmp_path: Path, content: object) -> None:
    (found,) = pyperf_file.load(written(tmp_path, content)).benchmarks

    assert (found.name, found.runs) == ("a", ((1.5,),))


def infinite(word: str) -> str:
    return json.dumps(suite(bench("sort", run(1.0), run(2.0, 7.0)))).replace("7.0", word)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is not JSON"),
        ("hello", "is not JSON"),
        ("{}", "is not a pyperf result: .*benchmarks"),
        ("[]", "is not a pyperf result"),
        ('{"benchmarks": [{"runs": [{"values": ["x"]}]}]}', "is not a pyperf result: .*float"),
        ('{"benchmarks": [' + "[" * 100_000, "is not (JSON|a pyperf result)"),
        ({"version": "9.9", "benchmarks": []}, r"file format '9\.9'.*has written 1\.0 since"),
        ({"version": True, "benchmarks": []}, "file format 'True'"),
        ({"version": 3}, "has no benchmark"),
        ({"version": 1, "benchmark": {"runs": [[0.1, "x"]]}}, "is not a pyperf result: .*float"),
        ({"version": 2, "benchmarks": {"a": {"runs": [[0.0]]}}}, "run 1 has the value 0"),
        (suite(), "has no benchmark"),
        (suite({"runs": []}), "benchmark 1 has no name or no run"),
        (suite(bench("sort", run(), run())), "'sort' has calibration runs only"),
        (suite(bench("a", run(1.0)), bench("a", run(1.0))), "2 benchmarks called 'a'"),
        (suite(bench("a", run(1.0, unit="byte"), run(1.0))), "do not agree on their unit"),
        (suite(bench("sort", run(1.0), run(2.0, 0))), "'sort', run 2 has the value 0"),
        (suite(bench("sort", run(1.0), run(2.0, -3))), "'sort', run 2 has the value -3"),
        (infinite("NaN"), "'sort', run 2 has the value nan"),
        (infinite("Infinity"), "'sort', run 2 has the value inf"),
        (infinite("1e999"), "(run 2 has the value inf|out of range)"),
        (infinite("1e-310"), "run 2 has the value 1e-310"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, content: object, said: str
) -> None:
    path = written(tmp_path, content)

    with pytest.raises(StoreError, match=said) as refused:
        pyperf_file.load(path)

    assert str(path) in str(refused.value)


def test_compressed_data_that_is_cut_or_none_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(json.dumps(suite(bench("a", run(*[1.0] * 1000)))).encode())
    cut, other = tmp_path / "cut.json.gz", tmp_path / "other.json.gz"
    cut.write_bytes(whole[:-20])
    other.write_bytes(b"{}")

    with pytest.raises(StoreError, match=r"cut\.json\.gz is cut short"):
        pyperf_file.load(cut)
    with pytest.raises(StoreError, match="cannot be unpacked"):
        pyperf_file.load(other)


def test_what_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    for name in ("absent.json", "absent.json.gz", "nul\0.json"):
        with pytest.raises(StoreError, match="cannot be read"):
            pyperf_file.load(tmp_path / name)
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        pyperf_file.load(tmp_path / "folder.json")


def test_a_huge_file_is_refused_without_room_for_it(tmp_path: Path) -> None:
    sparse, bomb = tmp_path / "sparse.json", tmp_path / "bomb.json.gz"
    with sparse.open("wb") as file:
        file.truncate(10**9)
    with gzip.open(bomb, "wb", compresslevel=1) as packed:
        for _ in range(40):
            packed.write(b" " * 2**20)
    assert bomb.stat().st_size < 2**20

    tracemalloc.start()
    try:
        for path in (sparse, bomb):
            with pytest.raises(StoreError, match="has more than 16 MiB"):
                pyperf_file.load(path, max_bytes=16 * 2**20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * 2**20


def test_many_items_are_refused_before_they_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyperf_formats, "_MAX_ITEMS", 10)

    with pytest.raises(StoreError, match="more than 10 items"):
        pyperf_file.load(written(tmp_path, suite(bench("a", run(*[1.0] * 12)))))


def test_a_million_values_are_read(tmp_path: Path) -> None:
    values = [1.0 + index * 1e-9 for index in range(1000)]
    content = suite(bench("a", *(run(*values) for _ in range(1000))))

    (found,) = pyperf_file.load(written(tmp_path, content)).benchmarks

    assert sum(map(len, found.runs)) == 1_000_000


def test_a_name_says_what_is_meant() -> None:
    names = ("a.json", "b/c.json.gz", "20260101T000000Z-abcdef", "a.json.bz2")
    assert [pyperf_file.is_pyperf_file(name) for name in names] == [True, True, False, False]
