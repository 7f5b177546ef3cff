from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from harness.execution.worker_site import ensure_worker_site

if TYPE_CHECKING:
    from pathlib import Path


def test_it_holds_pyperf_and_its_metadata_alone(tmp_path: Path) -> None:
    site = ensure_worker_site(tmp_path)
    tops = sorted(path.name.partition("-")[0] for path in site.iterdir())
    assert tops == ["pyperf", "pyperf"]
    assert any(path.suffix == ".dist-info" for path in site.iterdir())
    assert not (site / "pyperf" / "tests").exists()
    assert [path.name for path in site.parent.iterdir()] == [site.name]


def test_a_worker_can_import_it(tmp_path: Path) -> None:
    site = ensure_worker_site(tmp_path)
    code = "import sys; sys.path.append(sys.argv[1]); import pyperf; print(pyperf.__file__)"
    command = [sys.executable, "-I", "-S", "-c", code, str(site)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.strip() == str(site / "pyperf" / "__init__.py")


def test_a_complete_copy_is_left_alone_and_a_torn_one_replaced(tmp_path: Path) -> None:
    site = ensure_worker_site(tmp_path)
    before = (site / "pyperf").stat().st_ino
    assert (ensure_worker_site(tmp_path) / "pyperf").stat().st_ino == before
    (site / "pyperf" / "__init__.py").unlink()
    assert (ensure_worker_site(tmp_path) / "pyperf" / "__init__.py").is_file()
