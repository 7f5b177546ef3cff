"""A worker starts without the imports that cost most, and pyperf still finds its own."""

from __future__ import annotations

import subprocess
import sys

from tests.paths import ROOT


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_starting_a_worker_imports_nothing_large_that_it_has_no_use_for() -> None:
    code = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from workloads.__main__ import Runner\n"
        "Runner()\n"
        "large = {'asyncio', 'dataclasses', 'importlib.metadata', 'inspect', 'traceback'}\n"
        "print(sorted(large & (set(sys.modules) - before)))\n"
    )

    assert run(code) == "[]\n"


def test_the_real_hooks_take_over_when_one_is_wanted() -> None:
    code = (
        "import workloads.runner, sys\n"
        "from pyperf._hooks import HookBase\n"
        "import pyperf._hooks\n"
        "print(HookBase.__module__, 'pystats' in pyperf._hooks.get_hook_names())\n"
    )

    assert run(code) == "pyperf._hooks True\n"


def test_a_wrong_option_is_one_message_with_the_usage() -> None:
    code = (
        "import sys\n"
        "from workloads.runner import Runner\n"
        "sys.argv[1:] = ['--nonsense']\n"
        "Runner().parse_args()\n"
    )

    told = run(code)

    assert told.startswith("usage: ")
    assert told.endswith("error: unrecognized arguments: --nonsense\n")
