"""A results folder and a pyperf file in which every string that may be anything is hostile."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import msgspec

from harness.errors import StoreError
from harness.model import Mode, Noise, Skipped, Unavailable
from harness.running.experiment import measure
from harness.running.progress import screen
from harness.storage import experiment_folder
from harness.storage.checksum import unsealed
from tests.unit import fakes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from harness.execution.launcher import Finished
    from harness.model import Build, Manifest, Workload
    from tests.unit.fakes import Asked

    Json = Any

__all__ = [
    "PAYLOADS",
    "PROBE",
    "Folder",
    "harmless",
    "poison",
    "poisoned_pyperf",
    "refusal",
    "refusals",
    "rewritten",
    "strings",
    "write",
]

PROBE = "<script>obeyed.push(1)</script>"
PAYLOADS = (
    PROBE,
    "</style></title><style>*{display:none}</style>",
    "\"><img src=x onerror='obeyed.push(2)'>",
    "'><svg/onload=obeyed.push(3)>",
    "]]>--><!--<![CDATA[",
    "javascript:obeyed.push(4)",
    '<a href="javascript:obeyed.push(5)">x</a><iframe srcdoc="x">',
    "{{ 7 * 7 }}{% raw %}${7*7}<%= 7 %>",
    "\u202egpj.exe\u202c \u2066\u200f\u061c",
    "nul\x00bell\x07\x1b[2J\x1b]0;owned\x07\u0085\u2028",
    "a\nb\r\nc\td\n\n\n",
    "\U0001f9d1\u200d\U0001f4bb" + "e" + "\u0301" * 60,
    '=HYPERLINK("https://evil.example","x"),@SUM(1)\'',
    "$x^$_{\\frac&lt;&amp;#x3c;",
    "url(https://evil.example/x);behavior:expression(obeyed.push(6))",
    "漢字عربى" * 20,
)
"""No longer than a name may be, each."""


class Folder(msgspec.Struct):
    """What the files of an experiment's folder hold, as plain JSON."""

    manifest: Json
    journal: list[Json]


def harmless(results: Path) -> Folder:
    """Store a small experiment with something in every field, and return what its files hold."""
    plan = fakes.plan(
        ("3.14", "3.14t", "3.14t+gil", "pypy"),
        workloads=("factorize", "lesson", "blocking_io"),
        modes=(Mode.SERIAL, Mode.THREADS),
        threads=(1, 2),
        blocks=2,
    )
    manifest = _filled(msgspec.structs.replace(fakes.manifest(plan), id="hostile"))

    def answer(asked: Asked, number: int) -> Finished | None:
        is_bad = asked.label == "pypy" and asked.threads == 2 and number % 2
        return fakes.ended(exit_code=1, stderr_tail="Traceback\n  boom") if is_bad else None

    with screen(is_quiet=True) as quiet:
        launcher = fakes.FakeLauncher(answer=answer)
        measure(manifest, results=results, screen=quiet, launcher=launcher, around=fakes.AROUND)
    folder = results / manifest.id
    lines = (folder / experiment_folder.JOURNAL).read_bytes().splitlines()
    # One time for all: each would be a string of its own to be tried.
    started = {"started": manifest.created}
    return Folder(
        manifest=json.loads(unsealed((folder / experiment_folder.MANIFEST).read_bytes())),
        journal=[json.loads(unsealed(line)) | started for line in lines],
    )


def _filled(manifest: Manifest) -> Manifest:
    """Return the manifest with words in every field that is usually empty."""
    change = msgspec.structs.replace
    plan = manifest.plan
    variants = tuple(change(one, build=_filled_build(one.build)) for one in plan.variants)
    plan = change(
        plan,
        variants=variants,
        workloads=tuple(_filled_workload(one) for one in plan.workloads),
        skipped=(
            Skipped(variant="pypy", workload="lesson", mode=Mode.PROCESSES, reason="no reason"),
        ),
        folder="/a folder/of workloads",
    )
    machine = change(
        manifest.machine, governor="governed", virtualization="a cloud", notes=("a note", "another")
    )
    return change(
        manifest,
        plan=plan,
        machine=machine,
        label="a label",
        unavailable=(Unavailable(label="3.99", spec="asked 3.99", reason="not made yet"),),
        noise=Noise(
            experiment="aa run", created="2026", floor=0.01, comparisons=9, blocks=6, different=0
        ),
    )


def _filled_build(build: Build) -> Build:
    return msgspec.structs.replace(
        build,
        revision="a revision",
        missing_modules=("a_module",),
        runtime_flags=("a_flag=1",),
        allocator="an allocator",
        provenance=msgspec.structs.replace(build.provenance, sha256="a sum"),
    )


def _filled_workload(workload: Workload) -> Workload:
    return msgspec.structs.replace(workload, tags=("a tag",), source="a_file.py", digest="a digest")


def strings(value: Json) -> Iterator[str]:
    """Yield every string that stands as a value in a tree of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from itertools.chain.from_iterable(strings(item) for item in value.values())
    elif isinstance(value, list):
        yield from itertools.chain.from_iterable(strings(item) for item in value)


def rewritten(value: Json, words: Mapping[str, str]) -> Json:
    """Return the tree with strings replaced, the same ones by the same ones everywhere."""
    if isinstance(value, str):
        return words.get(value, value)
    if isinstance(value, dict):
        return {key: rewritten(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [rewritten(item, words) for item in value]
    return value


def write(folder: Path, content: Folder, words: Mapping[str, str]) -> Path:
    """Write the files of an experiment with these strings replaced; return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = json.dumps(rewritten(content.manifest, words))
    (folder / experiment_folder.MANIFEST).write_text(manifest, encoding="utf-8")
    lines = [json.dumps(rewritten(line, words)) + "\n" for line in content.journal]
    (folder / experiment_folder.JOURNAL).write_text("".join(lines), encoding="utf-8")
    return folder


def refusals(
    folder: Path, content: Folder, instead: str, *, every: int = 1
) -> dict[str, str | None]:
    """Return, for strings, what is said when ``instead`` stands there; None if accepted.

    All strings are tried, or one of ``every`` so many.
    """
    words = [*dict.fromkeys(strings([content.manifest, content.journal]))][::every]
    return {word: refusal(write(folder, content, {word: instead})) for word in words}


def refusal(folder: Path) -> str | None:
    """Return what is said when the folder is read, or None where it is accepted."""
    try:
        experiment_folder.load(folder)
    except StoreError as error:
        return str(error)
    return None


def poison(folder: Path, content: Folder, free: tuple[str, ...], *, turn: int) -> Path:
    """Write the folder with a payload in every free string; the turn says which gets which."""
    words = {
        word: f"{PAYLOADS[(place + turn) % len(PAYLOADS)]}{place}"
        for place, word in enumerate(free)
    }
    return write(folder, content, words)


def poisoned_pyperf(path: Path, *, turn: int, effect: float) -> Path:
    """Write a pyperf file whose every string is hostile; ``effect`` is how slow all of it is."""
    words = itertools.cycle((*PAYLOADS[turn:], *PAYLOADS[:turn]))
    facts = ("cpu_model_name", "platform", "python_version", "python_executable", "unit", "other")
    common = {name: next(words) for name in facts}
    benchmarks = [
        {
            "metadata": {"name": f"{payload}{number}"},
            "runs": [
                {
                    "values": [(effect + 0.001 * run) * (1 + number)],
                    "metadata": {"hostname": "secret-host", "date": next(words)},
                }
                for run in range(6)
            ],
        }
        for number, payload in enumerate(PAYLOADS)
    ]
    suite = {"version": "1.0", "metadata": common, "benchmarks": benchmarks}
    path.write_text(json.dumps(suite), encoding="utf-8")
    return path
