"""Workloads of a user's own, good and bad, on real interpreters and with real packages."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness import interpreters
from harness.model import Status
from harness.storage import experiment_folder
from harness.storage.worker_result import read_run
from harness.user_workloads.packages import environment_folder
from tests.integration.test_bench import Ended, experiment, labels, named
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interpreters import Provisioned

pytestmark = pytest.mark.integration
GOOD = '''
from workloads import Part, workload

@workload
def tiny(part: Part) -> int:
    """Add up a few numbers."""
    return sum(range(1000))
'''


@pytest.fixture(autouse=True)
def _store_of_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    # From here on the commands must find the interpreters where the fixture found them.
    monkeypatch.setenv("GILSCOPE_CACHE", str(interpreters.cache_root()))


def run(folder: Path, *arguments: str, **environment: str) -> Ended:
    done = subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def only(matrix: Provisioned, *kinds: str) -> list[str]:
    known = labels(matrix)
    return [f"--interpreter={kind}={named(matrix, known[kind]).build.path}" for kind in kinds]


def check(folder: Path, matrix: Provisioned, text: str, *options: str) -> Ended:
    (folder / "mine.py").write_text(textwrap.dedent(text), encoding="utf-8")
    return run(folder, "workload", "check", "mine.py", *only(matrix, "gil"), *options)


def function(body: str, decorator: str = '@workload(modes=("threads",))') -> str:
    return (
        f"import os, sys, time, threading, itertools\nfrom workloads import workload\n{decorator}\n"
        f'def mine(part):\n    """Do it."""\n{textwrap.indent(body, "    ")}\n'
    )


@pytest.mark.traced
def test_a_new_workload_is_good_everywhere_at_once(tmp_path: Path, matrix: Provisioned) -> None:
    assert run(tmp_path, "workload", "new", "my_sum").code == 0

    ended = run(tmp_path, "workload", "check", "my_sum.py", "--json")

    assert ended.code == 0, ended.err
    document = msgspec.json.decode(ended.out)
    assert {one["variant"] for one in document["results"]} == {one.label for one in matrix.variants}
    assert {one["benchmark"] for one in document["results"]} == {
        f"my_sum/{mode}={count}" for mode in ("threads", "processes") for count in (1, 2, 4)
    }
    assert len({one["checksum"] for one in document["results"]}) == 1


@pytest.mark.traced
def test_every_mode_finds_the_file_and_what_lies_beside_it(
    tmp_path: Path, matrix: Provisioned
) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").write_text("NUMBER = 7\n")
    text = '''
    from tests import NUMBER
    from workloads import workload

    async def wait(part):
        return NUMBER

    @workload(modes=("threads", "serial", "processes", "interpreters", "asyncio"), coroutine=wait)
    def mine(part):
        """Return a number of a module that is called like one of ours."""
        return NUMBER
    '''

    ended = check(tmp_path, matrix, text)

    assert ended.code == 0, ended.out + ended.err
    assert "checksum 7" in ended.out
    assert "interpreters, asyncio" in ended.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (function("return time.perf_counter_ns()"), "checksum"),
        (function("part.notes.setdefault('n', []).append(1)\nreturn threading.get_native_id()"),
         "different checksums"),
        (function("return 1.5"), "returned float, not an integer"),
        (function("return None", "@workload"), "returned NoneType, not an integer"),
        (function("if part.count == 4 and part.index == 2: raise ValueError('no')\nreturn 1"),
         "thread 3 of 4 raised ValueError: no"),
        (function("while True: time.sleep(0.01)"), "killed after 2 s"),
        (function("sys.exit('enough')"), "called sys.exit('enough'): return instead"),
        (function("sys.exit(0)", '@workload(modes=("serial",))'), "called sys.exit(0)"),
        (function("sys.exit(0)", '@workload(modes=("processes",))'), "called sys.exit(0)"),
        (function("os._exit(0)"), "wrote no result: the workload ended the process"),
        (function("os._exit(9)", '@workload(modes=("processes",))'), "ended with 9"),
        (function("os.fork()\nreturn 1"), "the workload forked this process"),
        (function("os.fork()\nreturn 1", '@workload(modes=("serial",))'), "the workload forked"),
        (function("os.fork()\nreturn 1", '@workload(modes=("processes",))'), "the workload forked"),
        (function("import no_such_module\nreturn 1"), "No module named 'no_such_module'"),
    ],
)  # fmt: skip
def test_a_workload_that_misbehaves_is_named_with_the_reason(
    tmp_path: Path, matrix: Provisioned, text: str, said: str
) -> None:
    ended = check(tmp_path, matrix, text, "--timeout=2")

    assert ended.code == 5, ended.out + ended.err
    assert "WRONG" in ended.out
    assert said in ended.out
    assert "Traceback" not in ended.err


@pytest.mark.traced
def test_what_a_workload_prints_disturbs_nothing(tmp_path: Path, matrix: Provisioned) -> None:
    text = function("print('x' * 4_000_000)\nos.write(1, b'y' * 1000)\nreturn 1", "@workload")

    ended = check(tmp_path, matrix, "print('loading', 'z' * 1_000_000)\n" + text)

    assert ended.code == 0, ended.out
    assert "checksum 1 under" in ended.out
    assert len(ended.out) + len(ended.err) < 20_000


@pytest.mark.traced
@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("import no_such_module\n" + GOOD, 5, "No module named 'no_such_module' (line 1)"),
        ("raise KeyError('k')\n" + GOOD, 5, "mine.py cannot be loaded: KeyError: 'k' (line 1)"),
        ("import sys\nsys.exit(3)\n" + GOOD, 5, "called sys.exit(3) while it was loaded"),
        ("import os\nos._exit(0)\n" + GOOD, 5, "does it call os._exit?"),
        ("while True: pass\n" + GOOD, 5, "was not loaded within 2 s"),
        ("def f(:\n", 5, "is not valid Python for this interpreter"),
        ("x = 1\n", 2, "mine.py has no workload: put @workload above a function"),
        (GOOD.replace('"""Add up a few numbers."""', ""), 2, "has no docstring"),
        (GOOD.replace("@workload", '@workload(name="a/b")'), 2, "'a/b': a name is a letter"),
        (GOOD.replace("@workload", '@workload(name="<b>x</b>")'), 2, "'<b>x</b>': a name is"),
        (GOOD.replace("@workload", '@workload(kind="gpu")'), 2, "kind 'gpu' is not one of"),
        (GOOD.replace("@workload", "@workload(units=-1)"), 2, "is not valid"),
        (
            GOOD.replace("@workload", "@workload(long=1)"),
            5,
            "unexpected keyword argument 'long'",
        ),
        (GOOD.replace("tiny", "factorize"), 2, "also the name of a built-in workload"),
        (GOOD + GOOD, 2, "registered twice"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, matrix: Provisioned, text: str, code: int, said: str
) -> None:
    ended = check(tmp_path, matrix, text, "--timeout=2")

    assert ended.code == code, ended.out + ended.err
    assert said in ended.err
    assert ended.err.splitlines()[-1].startswith("error: ")
    assert ended.out == ""


def test_a_file_called_like_another_module_is_refused(tmp_path: Path, matrix: Provisioned) -> None:
    (tmp_path / "json.py").write_text(GOOD)

    ended = run(tmp_path, "workload", "check", "json.py", *only(matrix, "gil"))

    assert ended.code == 2
    assert "json.py has the name of another module (json): rename the file" in ended.err


def bench(folder: Path, *arguments: str, **environment: str) -> Ended:
    return run(
        folder, "bench", "--blocks=1", "--threads=1", "--mode=threads", *arguments, **environment
    )


def test_a_module_with_relative_imports_is_measured_by_its_dotted_name(
    tmp_path: Path, matrix: Provisioned
) -> None:
    package = tmp_path / "src" / "mypackage"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "core.py").write_text("VALUE = 5\n")
    (package / "bench.py").write_text("from .core import VALUE\n" + GOOD)

    ended = bench(tmp_path, "--workload=mypackage.bench::t*", *only(matrix, "gil", "pypy"))

    assert ended.code == 0, ended.err
    (workload,) = experiment(tmp_path).manifest.plan.workloads
    assert (workload.name, workload.family, workload.source) == ("tiny", "bench", "bench.py")


def manifest_text(folder: Path) -> str:
    (found,) = experiment_folder.newest_first(folder / "results")
    return (found / "manifest.json").read_text()


def interrupted(folder: Path) -> Path:
    """Leave the experiment as an interruption would: without its last job."""
    (found,) = experiment_folder.newest_first(folder / "results")
    journal = found / "journal.jsonl"
    *kept, _ = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(kept))
    return found


def test_a_resumed_experiment_runs_the_same_code_from_a_path_it_does_not_store(
    tmp_path: Path, matrix: Provisioned
) -> None:
    mine = tmp_path / "private-folder" / "mine.py"
    mine.parent.mkdir()
    mine.write_text(GOOD)
    first = bench(tmp_path, f"--workload={mine}", *only(matrix, "gil"))
    assert first.code == 0, first.err
    assert "private-folder" not in manifest_text(tmp_path)
    page = next((tmp_path / "reports").glob("*/index.html"))
    assert "private-folder" not in page.read_text(encoding="utf-8")
    folder = interrupted(tmp_path)

    # On another machine nothing is known of the file, unless the user names it.
    record = interpreters.cache_root() / "own-workloads" / f"{folder.name}.json"
    kept = record.read_bytes()
    record.unlink()
    refused = run(tmp_path, "bench", "--resume")
    assert refused.code == 6
    assert "give the file too" in refused.err
    moved = tmp_path / "mine.py"
    moved.write_text(GOOD + "# changed\n")
    changed = run(tmp_path, "bench", "--resume", "--workload=mine.py")
    assert changed.code == 6
    assert "the digest of mine.py was" in changed.err
    moved.write_text(GOOD)
    assert run(tmp_path, "bench", "--resume", "--workload=mine.py").code == 0

    interrupted(tmp_path)
    record.write_bytes(kept)
    assert run(tmp_path, "bench", "--resume").code == 0
    assert {one.status for one in experiment(tmp_path).outcomes} == {Status.OK}


def header(*dependencies: str, python: str = "") -> str:
    lines = ["# /// script", f"# dependencies = {msgspec.json.encode(dependencies).decode()}"]
    lines += [f'# requires-python = "{python}"'] if python else []
    return "\n".join([*lines, "# ///", ""])


def test_a_pure_package_and_numpy_are_installed_for_each_interpreter_apart(
    tmp_path: Path, matrix: Provisioned
) -> None:
    (tmp_path / "mine.py").write_text(
        header("iniconfig", "numpy; implementation_name == 'cpython'")
        + function(
            "return 1",
            "import iniconfig\n"
            "if sys.implementation.name == 'cpython':\n    import numpy\n"
            '@workload(modes=("threads", "processes"))',
        )
    )

    ended = bench(
        tmp_path,
        "--workload=mine.py",
        *only(matrix, "gil", "free", "pypy"),
        "--mode=threads,processes",
    )

    assert ended.code == 0, ended.err
    found = experiment(tmp_path)
    assert {one.status for one in found.outcomes} == {Status.OK}
    names = {name for name, _ in found.manifest.versions}
    assert {"iniconfig under pypy", "numpy under gil", "numpy under free"} <= names
    assert "numpy under pypy" not in names
    off = {one.job.cell.variant: read_run(one.run).is_gil_enabled for one in found.outcomes}
    assert off == {"gil": True, "free": False, "pypy": True}


@pytest.mark.traced
def test_what_cannot_be_installed_or_wants_another_python_is_skipped(
    tmp_path: Path, matrix: Provisioned
) -> None:
    needs = "no-such-package-of-gilscope; implementation_name == 'pypy'"
    (tmp_path / "mine.py").write_text(header(needs) + GOOD)

    ended = bench(tmp_path, "--workload=mine.py", *only(matrix, "pypy", "gil"))

    assert ended.code == 0, ended.err
    found = experiment(tmp_path)
    plan = found.manifest.plan
    assert plan.baseline == "gil"
    assert {(one.variant, one.workload) for one in plan.skipped} == {("pypy", "tiny")}
    assert "no-such-package-of-gilscope" in plan.skipped[0].reason
    assert "cannot be installed" in ended.err

    (tmp_path / "mine.py").write_text(header(python=">=3.14") + GOOD)
    dry = bench(tmp_path, "--workload=mine.py", *only(matrix, "pypy", "gil"), "--dry-run")
    assert dry.code == 0, dry.err
    assert "and the file requires >=3.14" in dry.out


@pytest.mark.parametrize(
    ("head", "code", "said"),
    [
        (header("no-such-package-of-gilscope"), 4, "no-such-package-of-gilscope"),
        (header(python="<3"), 3, "and the file requires <3"),
        (header("numpy >>> 2"), 2, "numpy >>> 2"),
        ("# /// script\n# dependencies = [\n# ///\n", 2, "PEP 723 header is not valid TOML"),
        (header() + "\n" + header(), 2, "has 2 PEP 723 headers"),
        ("# /// script\n# dependencies = []\n", 2, "that does not end"),
        (header(python="new"), 2, "Invalid specifier: 'new'"),
    ],
)
def test_needs_that_nobody_can_meet_are_one_sentence(
    tmp_path: Path, matrix: Provisioned, head: str, code: int, said: str
) -> None:
    ended = check(tmp_path, matrix, head + GOOD)

    assert ended.code == code, ended.err
    assert said in ended.err


def test_offline_the_installer_gives_up_quickly_and_says_so(
    tmp_path: Path, matrix: Provisioned
) -> None:
    (tmp_path / "mine.py").write_text(header("iniconfig==2.0.0") + GOOD)

    ended = run(
        tmp_path, "workload", "check", "mine.py", *only(matrix, "gil"),
        UV_DEFAULT_INDEX="http://127.0.0.1:9/simple", UV_CACHE_DIR=str(tmp_path / "uv"),
        UV_NO_CONFIG="1", PIP_FIND_LINKS="", UV_FIND_LINKS="",
    )  # fmt: skip

    assert ended.code == 4
    assert "iniconfig==2.0.0 cannot be installed" in ended.err


@pytest.mark.traced
def test_two_runs_share_one_environment(tmp_path: Path, matrix: Provisioned) -> None:
    (tmp_path / "mine.py").write_text(header("iniconfig>=1") + GOOD)
    command = [
        sys.executable, "-m", "harness", "workload", "check", "mine.py", *only(matrix, "gil")
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]

    assert [one.wait(timeout=300) for one in both] == [0, 0]
    build = named(matrix, labels(matrix)["gil"]).build
    folder = environment_folder(interpreters.cache_root(), build, ["iniconfig>=1"])
    assert (folder / "iniconfig").is_dir()
    assert not list(folder.parent.glob(f"aside-{folder.name}-*"))


EXTENSION = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "oldstyle", 0, -1, 0};
PyMODINIT_FUNC PyInit_oldstyle(void) { return PyModule_Create(&module); }
"""


def built_extension(folder: Path, python: str) -> None:
    """Compile a module that says nothing of free threading, as most old ones do."""
    asked = "import sysconfig as s; print(s.get_path('include'), s.get_config_var('EXT_SUFFIX'))"
    include, suffix = subprocess.check_output([python, "-c", asked], text=True).split()
    source = folder / "oldstyle.c"
    source.write_text(EXTENSION)
    target = folder / f"oldstyle{suffix}"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", f"-I{include}", str(source), "-o", str(target)], check=True
    )


@pytest.mark.traced
@pytest.mark.parametrize(
    "text",
    ["import oldstyle\n" + GOOD, function("import oldstyle\nreturn 1", "@workload")],
    ids=["while loading", "inside the function"],
)
def test_an_import_that_turns_the_gil_on_is_a_failed_job_that_names_it(
    tmp_path: Path, matrix: Provisioned, text: str
) -> None:
    free = named(matrix, labels(matrix)["free"])
    built_extension(tmp_path, free.build.path)
    (tmp_path / "mine.py").write_text(text)

    ended = run(tmp_path, "workload", "check", "mine.py", "--json", *only(matrix, "free"))

    assert ended.code == 5, ended.err
    reasons = {one["reason"] for one in msgspec.json.decode(ended.out)["results"]}
    assert "importing 'oldstyle' turned the GIL back on" in reasons, reasons


def test_a_file_is_measured_beside_a_built_in_workload(tmp_path: Path, matrix: Provisioned) -> None:
    (tmp_path / "mine.py").write_text(GOOD)

    ended = bench(
        tmp_path,
        "--workload=mine.py",
        "--workload=factorize",
        "--json",
        *only(matrix, "gil", "free"),
    )

    assert ended.code == 0, ended.err
    document: Any = msgspec.json.decode(ended.out)
    assert {cell["benchmark"].split("/")[0] for cell in document["cells"]} == {"tiny", "factorize"}
    assert document["skipped"] == []


COUNTED = '''
import sys
from workloads import workload
from .sibling import area

def price():
    return 600, 1.5, ("a b", 7000)

@workload
def mine(part):
    """Look for objects that all threads share and count."""
    shared = [__name__]
    for function in (mine, price, area, lambda: 0):
        shared += [function.__name__, function.__qualname__, *function.__code__.co_consts]
    for function in (mine, price, lambda: 0):
        shared += [function.__module__]
    counted = [each for each in shared if isinstance(each, (int, float, str, tuple))
               and not sys._is_immortal(each)]
    if counted:
        raise ValueError(f"counted: {counted}")
    return 1
'''


@pytest.mark.parametrize("module", ["folder.mine", ""])
def test_threads_share_no_counted_constant_or_name_without_any_bytecode(
    tmp_path: Path, matrix: Provisioned, module: str
) -> None:
    """As in the first run after an edit, and wherever bytecode cannot be written."""
    free = named(matrix, labels(matrix)["free"])
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "sibling.py").write_text("def area(): return 3.5 * 1000\n")
    text = COUNTED if module else COUNTED.replace("from .sibling", "from sibling")
    (folder / "mine.py").write_text(text)
    code = (
        "from workloads.gangs import make_gang\n"
        "from workloads.lookup import find\n"
        "for mode in ('threads', 'processes', 'interpreters'):\n"
        "    gang = make_gang(find('mine'), mode, 2)\n"
        "    gang.run(1)\n"
        "    gang.close()\n"
    )
    told = {"GILSCOPE_WORKLOAD_FILE": str(folder / "mine.py"), "GILSCOPE_WORKLOAD_MODULE": module}

    done = subprocess.run(
        [free.build.path, "-c", code],
        env={**told, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
