"""The notebook of the documents runs from top to bottom, and is stored without results."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import nbclient
import nbformat
import pytest

from tests.unit.export.private import found_in

if TYPE_CHECKING:
    from typing import Any

NOTEBOOK = Path("docs/explore.ipynb")


def outputs(notebook: Any) -> list[Any]:
    return [one for cell in notebook.cells for one in cell.get("outputs", ())]


def test_it_is_stored_without_results() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    assert outputs(notebook) == []
    assert {cell.get("execution_count") for cell in notebook.cells} == {None}


@pytest.mark.filterwarnings("default")  # Jupyter's own
def test_it_runs_and_shows_nothing_private(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    shutil.copytree(folder, tmp_path / "results" / folder.name)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    nbclient.NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(tmp_path / "docs")}}
    ).execute()
    shown = [one.get("data", {"text/plain": one.get("text", "")}) for one in outputs(notebook)]
    assert any("image/png" in one for one in shown)
    assert any("3.14t" in one.get("text/plain", "") for one in shown)
    texts = [text for one in shown for name, text in one.items() if name.startswith("text")]
    assert found_in("\n".join(texts).encode(), folder.parent) == []
