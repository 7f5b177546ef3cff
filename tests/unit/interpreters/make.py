"""As much of ``make`` as the made-up sources of these tests need, where there is none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Run the recipes of the targets in ``Makefile``, or of its first one."""
    words = [word for word in (*os.environ.get("MAKEFLAGS", "").split(), *arguments) if word]
    variables = dict(word.split("=", 1) for word in words if "=" in word)
    rules: dict[str, list[str]] = {}
    recipe: list[str] = []
    for line in Path("Makefile").read_text(encoding="utf-8").splitlines():
        if line.startswith("\t"):
            recipe.append(line[1:])
        elif match := re.match(r"([\w-]+):", line):
            recipe = rules.setdefault(match[1], [])
    targets = [word for word in arguments if "=" not in word and not word.startswith("-")]
    for target in targets or list(rules)[:1]:
        for command in rules[target]:
            if code := _run(command, variables):
                sys.stderr.write(f"make: *** [Makefile: {target}] Error {code}\n")
                return 2
    return 0


def _run(command: str, variables: dict[str, str]) -> int:
    known = {"MAKEFLAGS": "", "MAKE": "make", **os.environ, **variables}
    text = re.sub(r"\$\((\w+)\)", lambda match: known.get(match[1], ""), command)
    text = text.replace("$$", "$")
    if not text.startswith("@"):
        print(text, flush=True)  # noqa: T201  # as make does
    return subprocess.run(["sh", "-c", text.lstrip("@")], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
