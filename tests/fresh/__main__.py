"""Try the README's commands on fresh systems, and print a table: needs root and debootstrap."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.fresh.systems import PARTS, USER, copied
from tests.fresh.trial import check_out, readme_preparation, steps, tried

_MAX_WIDTH = 110
_PREPARE = {
    "readme": readme_preparation(),
    "pipx": "alias nox='pipx run -q nox'",
    "uvx": "python3 -m venv .venv && .venv/bin/pip install -q uv && alias nox='.venv/bin/uvx nox'",
    "system": "true",
}
"""How ``nox`` becomes a command."""


def main(arguments: list[str]) -> int:
    """Run the steps in one system; return 0 if all of them succeeded."""
    options = _parser().parse_args(arguments)
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        sys.exit("this makes systems with debootstrap, and so needs root and that program")
    parts = [part for part in PARTS if part in options.having and part not in options.without]
    user = USER if options.user else "root"
    chosen = steps(prepare=_PREPARE[options.nox], has_tests=options.tests)
    options.into.mkdir(parents=True, exist_ok=True)
    failed = 0
    title = f"{options.release}, {user}, with {', '.join(parts) or 'nothing'}, nox by {options.nox}"
    _show(title + ("" if options.lists else ", no apt lists"))
    with copied(
        options.release, options.into, user=user, parts=parts, has_lists=options.lists
    ) as system:
        check_out(system)
        _show(system.run("python3 -V; ldd --version | head -1", timeout_s=60).output.strip())
        for step in chosen:
            if options.only and step.name not in options.only:
                continue
            ended = tried(system, step)
            failed += ended.code != 0
            last = (ended.output.strip().splitlines() or [""])[-1]
            _show(f"{step.name:<22} {ended.code:>4} {ended.duration_s:>6.0f} s  {last}")
            log = options.into / f"{options.release}-{user}-{step.name.replace(' ', '-')}.txt"
            log.write_text(ended.output, encoding="utf-8")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fresh", description=__doc__)
    parser.add_argument("--release", default="trixie", help="of Debian: bookworm, trixie, sid, …")
    parser.add_argument("--user", action="store_true", help=f"as {USER} instead of root")
    parser.add_argument("--nox", choices=_PREPARE, default="readme", help="where nox comes from")
    parser.add_argument(
        "--with", dest="having", nargs="*", choices=PARTS, metavar="PART",
        default=["gcc", "headers", "git", "venv", "pip"], help=f"one of {', '.join(PARTS)}",
    )  # fmt: skip
    parser.add_argument("--without", nargs="*", choices=PARTS, metavar="PART", default=[])
    parser.add_argument("--without-lists", dest="lists", action="store_false", help="apt's")
    parser.add_argument("--tests", action="store_true", help="run the unit tests too")
    parser.add_argument("--only", action="append", metavar="STEP", help="by its name; repeatable")
    parser.add_argument(
        "--into", type=Path, default=Path(tempfile.gettempdir(), "gilscope-fresh"),
        help="where the systems and the output of each step are kept",
    )  # fmt: skip
    return parser


def _show(line: str) -> None:
    sys.stdout.write(f"{line[:_MAX_WIDTH]}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
