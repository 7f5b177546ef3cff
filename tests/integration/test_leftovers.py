"""What workloads leave behind or change, and the world that their files see, for real."""

from __future__ import annotations

import textwrap
import zipfile
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness import interpreters
from tests.integration.test_bench import labels, named
from tests.integration.test_own_workloads import bench, built_extension, check, only, run

if TYPE_CHECKING:
    from pathlib import Path

    from harness.interpreters import Provisioned
    from tests.integration.test_bench import Ended

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _store_of_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILSCOPE_CACHE", str(interpreters.cache_root()))


def checked(folder: Path, matrix: Provisioned, text: str, *kinds: str) -> Ended:
    (folder / "mine.py").write_text(textwrap.dedent(text), encoding="utf-8")
    return run(folder, "workload", "check", "mine.py", *only(matrix, *kinds), "--timeout=60")


BUSY = '''
import threading
from workloads import workload

started = threading.Event()

def spin():
    while True:
        sum(range(1000))

@workload
def mine(part):
    """Leave a thread that goes on."""
    if not started.is_set():
        started.set()
        threading.Thread(target=spin, name="endless", daemon=DAEMON).start()
    return sum(range(1000))
'''


@pytest.mark.traced
@pytest.mark.parametrize("is_daemon", [True, False])
def test_a_busy_thread_that_stays_fails_the_job_and_is_named(
    tmp_path: Path, matrix: Provisioned, *, is_daemon: bool
) -> None:
    text = BUSY.replace("DAEMON", str(is_daemon))

    ended = checked(tmp_path, matrix, text, "free", "pypy")

    assert ended.code == 5, ended.out + ended.err
    (line,) = ended.out.splitlines()
    assert line.startswith("WRONG    mine: the workload left a thread at work: endless (spin). It")
    assert line.endswith("(2 of 2 interpreters, all modes)")


IDLE = '''
import threading
from workloads import workload

started = threading.Event()

@workload(modes=("threads", "processes", "serial", "interpreters"))
def mine(part):
    """Leave a thread that Python would wait for."""
    if not started.is_set():
        started.set()
        threading.Thread(target=threading.Event().wait, name="patient").start()
    return sum(range(1000))
'''


@pytest.mark.traced
def test_a_thread_that_nobody_ends_does_not_keep_the_worker(
    tmp_path: Path, matrix: Provisioned
) -> None:
    ended = checked(tmp_path, matrix, IDLE, "free", "pypy")

    assert ended.code == 0, ended.out + ended.err
    assert "note     mine left a thread running: patient (wait) (2 of 2 interpreters" in ended.out
    assert "good     mine: checksum 499500 under free, pypy" in ended.out


def test_threads_that_loading_starts_are_named_and_busy_ones_fail(
    tmp_path: Path, matrix: Provisioned
) -> None:
    text = BUSY.replace("DAEMON", "False").replace("    if not", "    if 0 and not")
    text = text.replace(
        "@workload", "threading.Thread(target=WORK, name='early').start()\n\n@workload"
    )

    idle = checked(tmp_path, matrix, text.replace("WORK", "threading.Event().wait"), "free", "pypy")
    busy = checked(tmp_path, matrix, text.replace("WORK", "spin"), "free", "pypy")

    assert idle.code == 0, idle.out + idle.err
    assert "mine left a thread running: early (wait) (2 of 2 interpreters, all modes)" in idle.out
    assert busy.code == 5
    (line,) = busy.out.splitlines()
    assert "loading the file left a thread at work: early (spin). It would take time" in line


def test_a_measurement_says_what_was_left_and_in_what_state_it_was_made(
    tmp_path: Path, matrix: Provisioned
) -> None:
    changes = "import gc, os\ngc.disable()\n"
    text = IDLE.replace("    if not", "    os.environ['MINE'] = '1'\n    if not", 1)
    (tmp_path / "mine.py").write_text(changes + text)

    ended = bench(tmp_path, "--workload=mine.py", "--json", *only(matrix, "free"))

    assert ended.code == 0, ended.err
    document: Any = msgspec.json.decode(ended.out)
    assert {(each["kind"], each["subject"]) for each in document["remarks"]} == {
        ("state", "the garbage collector off"),
        ("restored", "the environment"),
        ("thread", "patient (wait)"),
    }
    again = run(tmp_path, "report")
    assert "mine was measured with the garbage collector off.\n" in again.out
    assert "mine changes the environment while it works; set back after each value.\n" in again.out
    page = next((tmp_path / "reports").glob("*/index.html")).read_text(encoding="utf-8")
    assert "mine left a thread running: patient (wait)." in page


WORLD = '''
import argparse, os, sys
from workloads import workload

parser = argparse.ArgumentParser()
parser.add_argument("--size", type=int, default=1000)
SIZE = parser.parse_args().size
LIMIT = sys.getrecursionlimit()
assert (__name__, os.path.basename(sys.argv[0]), len(sys.argv)) == ("mine", "mine.py", 1)

@workload(modes=("serial", "processes"))
def mine(part):
    """Look at the world, and change it."""
    seen = (os.getcwd(), os.environ.get("MINE"), sys.getrecursionlimit(), sys.stdin.read())
    os.chdir("/")
    os.environ["MINE"] = "changed"
    sys.setrecursionlimit(sys.getrecursionlimit() + 100)
    is_other = seen[0] == "/" or seen[1] is not None or seen[2] > LIMIT or seen[3] != ""
    return sum(range(SIZE)) + is_other
'''


@pytest.mark.traced
def test_every_call_sees_the_world_that_the_file_would_see_alone(
    tmp_path: Path, matrix: Provisioned
) -> None:
    ended = checked(tmp_path, matrix, WORLD, "free", "pypy")

    assert ended.code == 0, ended.out + ended.err
    assert "good     mine: checksum 499500 " in ended.out
    assert "note     mine changes the current folder while it works" in ended.out


GOOD = '''
import concurrent.futures, sys, threading, warnings
from workloads import workload

def square(number):
    return number * number

@workload(modes=("threads",))
def pooled(part):
    """Square numbers in a pool of processes."""
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        return sum(pool.map(square, range(6)))

@workload
def threaded(part):
    """Use a pool of threads, and end it."""
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        return sum(pool.map(square, range(50)))

@workload
def churned(part):
    """Start and join threads."""
    done = []
    for number in range(100):
        thread = threading.Thread(target=done.append, args=(number,))
        thread.start()
        thread.join()
    return sum(done)

@workload
def deep(part):
    """Recurse deeply."""
    def depth(number):
        return number and 1 + depth(number - 1)
    return depth(20_000)

sys.setrecursionlimit(10**6)

@workload(modes=("processes",))
def warned(part):
    """Catch warnings."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for number in range(50):
            warnings.warn(f"number {number}")
    return len(seen)
'''


@pytest.mark.traced
def test_pools_deep_recursion_and_caught_warnings_are_good_and_not_remarked(
    tmp_path: Path, matrix: Provisioned
) -> None:
    ended = checked(tmp_path, matrix, GOOD, "free")

    assert ended.code == 0, ended.out + ended.err
    names = [line.split(":")[0] for line in ended.out.splitlines()]
    assert names == [
        f"good     {name}" for name in ("pooled", "threaded", "churned", "deep", "warned")
    ]


def test_the_gil_that_came_back_is_the_answer_and_the_only_variant_s_failure(
    tmp_path: Path, matrix: Provisioned
) -> None:
    built_extension(tmp_path, named(matrix, labels(matrix)["free"]).build.path)
    (tmp_path / "mine.py").write_text(
        "import sys, warnings\n"
        "from workloads import workload\n"
        "@workload(modes=('threads',))\n"
        "def mine(part):\n"
        '    """Import quietly."""\n'
        "    if getattr(sys, '_is_gil_enabled', None) and not sys._is_gil_enabled():\n"
        "        with warnings.catch_warnings():\n"
        "            warnings.simplefilter('ignore')\n"
        "            import oldstyle\n"
        "    return 1\n"
    )
    said = (
        "no result: importing oldstyle turned the GIL back on; keep the GIL off at your own risk, "
        "with ?env=PYTHON_GIL=0 after its --interpreter, or use a version of the package that "
        "supports free threading"
    )

    both = bench(tmp_path, "--workload=mine.py", *only(matrix, "gil", "free"))
    alone = bench(tmp_path, "--workload=mine.py", "--json", *only(matrix, "free"))

    assert both.code == 0, both.err
    assert f"free  {said}\n" in both.out
    page = next((tmp_path / "reports").glob("*/index.html")).read_text(encoding="utf-8")
    assert "importing oldstyle turned the GIL back on" in page
    assert alone.code == 5
    assert "importing oldstyle turned the GIL back on: keep the GIL off" in alone.err
    (back,) = msgspec.json.decode(alone.out)["gil_turned_on"]
    assert (back["module"], back["has_results"]) == ("oldstyle", False)
    (free,) = only(matrix, "free")
    off = bench(tmp_path, "--workload=mine.py", f"{free}?env=PYTHON_GIL=0")
    assert off.code == 0, off.err


def wheel(folder: Path, number: int) -> Path:
    """Write a wheel of a package with one number."""
    path = folder / "gilscopetest-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("gilscopetest.py", f"NUMBER = {number}\n")
        about = "gilscopetest-1.dist-info"
        file.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: gilscopetest\nVersion: 1\n"
        )
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr(f"{about}/RECORD", "")
    return path


def test_a_source_next_to_the_file_is_what_is_measured_also_after_a_change(
    tmp_path: Path, matrix: Provisioned
) -> None:
    text = '''
    # /// script
    # dependencies = ["gilscopetest"]
    # [tool.uv.sources]
    # gilscopetest = { path = "gilscopetest-1-py3-none-any.whl" }
    # ///
    import gilscopetest
    from workloads import workload

    @workload(modes=("threads",))
    def mine(part):
        """Return the number of the package."""
        return gilscopetest.NUMBER
    '''

    for number in (41, 42):
        wheel(tmp_path, number)
        ended = check(tmp_path, matrix, text)
        assert ended.code == 0, ended.out + ended.err
        assert f"checksum {number} " in ended.out
