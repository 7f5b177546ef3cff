from __future__ import annotations

import concurrent.futures
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import workloads
from harness.execution.worker_site import ensure_pyperf, ensure_workloads, worker_path
from harness.planning import builtin_workloads


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_pyperf_has_the_metadata_that_is_the_same_whoever_installed_it(tmp_path: Path) -> None:
    site = ensure_pyperf(tmp_path)

    package, metadata = names(site)
    assert (package, metadata) == ("pyperf", f"{site.name}.dist-info")
    assert names(site / metadata) == ["METADATA", "entry_points.txt"]
    assert not (site / "pyperf" / "tests").exists()
    assert names(site.parent) == [site.name]


def test_a_worker_can_import_pyperf(tmp_path: Path) -> None:
    site = ensure_pyperf(tmp_path)
    code = "import sys; sys.path.append(sys.argv[1]); import pyperf; print(pyperf.__file__)"
    command = [sys.executable, "-I", "-S", "-c", code, str(site)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == str(site / "pyperf" / "__init__.py")


def test_a_complete_copy_is_left_alone_and_a_torn_one_replaced(tmp_path: Path) -> None:
    site = ensure_pyperf(tmp_path)
    before = (site / "pyperf").stat().st_ino
    assert (ensure_pyperf(tmp_path) / "pyperf").stat().st_ino == before
    (site / "pyperf" / "__init__.py").unlink()
    assert (ensure_pyperf(tmp_path) / "pyperf" / "__init__.py").is_file()


def test_workloads_are_copied_alone(tmp_path: Path) -> None:
    folder = ensure_workloads(tmp_path)

    assert names(folder) == ["workloads"]
    assert names(folder / "workloads") == sorted(builtin_workloads.source_files())


def test_a_copy_of_workloads_that_was_changed_is_replaced(tmp_path: Path) -> None:
    copied = ensure_workloads(tmp_path) / "workloads" / "gang.py"
    text = copied.read_text(encoding="utf-8")
    copied.write_text(text.swapcase(), encoding="utf-8")
    ensure_workloads(tmp_path)
    assert copied.read_text(encoding="utf-8") == text


def test_two_versions_of_the_workloads_are_kept_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = ensure_workloads(tmp_path / "cache")
    other = shutil.copytree(Path(workloads.__file__).parent, tmp_path / "workloads")
    with (other / "gang.py").open("a", encoding="utf-8") as file:
        file.write("# another version\n")
    monkeypatch.setattr(workloads, "__file__", str(other / "__init__.py"))

    theirs = ensure_workloads(tmp_path / "cache")

    assert sorted([mine.name, theirs.name]) == names(mine.parent)
    assert not (mine / "workloads" / "gang.py").read_text().endswith("# another version\n")
    assert (theirs / "workloads" / "gang.py").read_text().endswith("# another version\n")


def test_many_may_make_the_copies_at_once(tmp_path: Path) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(worker_path, [tmp_path] * 16))

    assert len(paths) == 1
    assert names(tmp_path / "worker-site") == sorted(path.name for path in paths.pop())


@pytest.mark.parametrize("place", ["file/cache", "cache"])
def test_a_cache_that_cannot_be_written_is_replaced_by_a_temporary_folder(
    tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "worker-site").touch()

    pyperf, mine = worker_path(tmp_path / place)

    assert (pyperf / "pyperf" / "__init__.py").is_file()
    assert (mine / "workloads" / "gang.py").is_file()
    assert names(tmp_path) == ["cache", "file"]
