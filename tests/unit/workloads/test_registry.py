"""Finding and describing workloads: one list of facts, one table of modes, one way of lookup."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness import model
from harness.model import MODES, Mode
from tests.paths import ROOT
from workloads import describe
from workloads.gang import Serial, ThreadGang
from workloads.gangs import GANGS, make_gang
from workloads.lookup import find, load_families
from workloads.registry import MODES as WORKER_MODES
from workloads.registry import Facts, Part, Workload, workload


def test_every_mode_has_facts_and_a_gang() -> None:
    assert set(MODES) == set(Mode)
    assert set(GANGS) == set(WORKER_MODES) == {str(mode) for mode in Mode}


def test_a_workload_with_threads_of_its_own_is_run_in_the_main_thread() -> None:
    for name, kind in (("lesson", Serial), ("factorize", ThreadGang)):
        gang = make_gang(find(name), "threads", 2)
        gang.close()
        assert type(gang) is kind


def test_facts_are_fields_of_a_workload() -> None:
    assert set(Facts.__annotations__) <= set(Workload._fields)


def test_the_controller_gets_every_fact_it_knows_of() -> None:
    added_by_the_controller = {"source", "digest"}
    known = set(model.Workload.__struct_fields__) - added_by_the_controller

    assert set(describe.facts(find("factorize"))) == known


def test_an_unknown_fact_is_refused_by_python_and_by_mypy() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'kindd'"):
        workload(kindd="cpu")  # type: ignore[call-overload]  # what is tested
    with pytest.raises(TypeError, match="unexpected keyword argument 'arm'"):
        workload(arm="shared")  # type: ignore[call-overload]  # not for users


def test_both_forms_of_the_decorator_leave_the_function_as_it_is() -> None:
    def bare(part: Part) -> int:
        """Work."""
        return part.size

    def called(part: Part) -> int:
        """Work."""
        return part.size

    assert workload(bare) is bare
    assert workload(kind="io", size=3, rank=2, name="renamed")(called) is called
    assert find("bare").modes == ("threads", "processes")
    assert (find("renamed").modes, find("renamed").rank) == (("threads",), 2)
    assert "renamed" not in load_families()


@pytest.mark.parametrize("is_own", [False, True])
def test_the_name_of_a_module_is_interned(tmp_path: Path, *, is_own: bool) -> None:
    """Threads share it: on a free-threaded build only interned strings are not counted."""
    file = tmp_path / "my_work.py"
    file.write_text(
        "from workloads import Part, workload\n\n\n@workload\ndef mine(part: Part) -> int:\n"
        '    """Work."""\n    return 1\n'
    )
    module = "my_work" if is_own else "workloads.native"
    code = (
        "import sys\n"
        "from workloads.lookup import find\n"
        f"module = find({'mine' if is_own else 'sort'!r}).function.__module__\n"
        f"assert module == {module!r}, module\n"
        "assert sys.intern(''.join(list(module))) is sys.modules[module].__name__\n"
    )
    told = {"GILSCOPE_WORKLOAD_FILE": str(file)} if is_own else {"GILSCOPE_FAMILY": "native"}
    root = Path(describe.__file__).parents[1]

    subprocess.run([sys.executable, "-c", code], env={**told, "PYTHONPATH": str(root)}, check=True)


def test_summaries_are_the_same_where_docstrings_are_left_out() -> None:
    code = (
        "from workloads import lookup\n"
        "for workload in lookup.load_families().values():\n    print(workload.summary)"
    )
    with_docstrings, without = (
        subprocess.run(
            [sys.executable, *options, "-c", code], cwd=ROOT, capture_output=True, check=True
        ).stdout
        for options in ((), ("-OO",))
    )

    assert with_docstrings.count(b"\n") > 20
    assert without == with_docstrings
