"""What a new user types, in order, and how each command ended."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fresh.systems import Ended, System

__all__ = ["Step", "check_out", "readme_commands", "readme_preparation", "steps", "tried"]

_FAST = "--fast --workload factorize --workload file_io --threads 1,2"
_CHECKOUT = "gilscope"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Step:
    """A command, and under which conditions it is typed."""

    name: str
    script: str
    is_offline: bool = False
    settings: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 1800.0


def readme_commands() -> tuple[str, ...]:
    """Return the lines of the README's code blocks, up to the last that starts nox."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return tuple(re.findall(r"^ {4}(\S.*)$", text.partition("## More")[0], re.MULTILINE))


def readme_preparation() -> str:
    """Return what the README has typed before ``nox -s bench``."""
    lines = readme_commands()
    index = next(index for index, line in enumerate(lines) if line.endswith("nox -s bench"))
    return " && ".join([*lines[:index], lines[index].removesuffix(" && nox -s bench")])


def steps(*, prepare: str, has_tests: bool) -> Iterator[Step]:
    """Yield the steps; ``prepare`` makes ``nox`` a command, as the README says."""
    bench = f"{prepare} && nox -s bench --"
    yield Step(name="dry run", script=f"{bench} --dry-run")
    yield Step(name="dry run, --optimized", script=f"{bench} --optimized pgo --dry-run")
    yield Step(name="interpreters", script=f"{prepare} && nox -s interpreters")
    yield Step(name="bench --fast", script=f"{bench} {_FAST}")
    yield Step(name="dry run again", script=f"{bench} --dry-run")
    wrong = (("LC_ALL", "xx_XX.UTF-8"),)
    yield Step(name="wrong locale", script=f"{bench} --dry-run", settings=wrong)
    yield Step(name="offline: dry run", script=f"{bench} --dry-run", is_offline=True)
    yield Step(name="offline: report", script=f"{prepare} && nox -s report", is_offline=True)
    yield Step(name="offline: bench", script=f"{bench} {_FAST}", is_offline=True)
    if has_tests:
        unit = f"{prepare} && nox -s tests -- tests/unit -q -n 4 --dist=loadscope"
        yield Step(name="unit tests", script=unit, timeout_s=3600)


def tried(system: System, step: Step) -> Ended:
    """Run a step in the checkout."""
    return system.run(
        f"cd {_CHECKOUT} && {step.script}",
        timeout_s=step.timeout_s,
        is_offline=step.is_offline,
        settings=dict(step.settings),
    )


def check_out(system: System) -> None:
    """Put a copy of what is committed here into the user's home."""
    target: Path = system.root / system.home.lstrip("/") / _CHECKOUT
    target.mkdir()
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", "HEAD"], capture_output=True, check=True
    )
    subprocess.run(["tar", "-x", "-C", str(target)], input=archive.stdout, check=True)
    if system.user != "root":
        done = system.run("id -u", timeout_s=60)
        number = int(done.output.split()[-1])
        for path in (target, *target.rglob("*")):
            shutil.chown(path, number, number)
