"""What may be published: free text without host, user, home or absolute paths.

Place in the flow: an analysis passes through ``published`` before anything is made of
it, so that no view, figure or table can hold what must stay in the results folder.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.analysis.results import Analysis
    from harness.model import Manifest

__all__ = ["private_words", "published", "scrub", "scrubbed"]

_Any = TypeVar("_Any")
_NOT_PRIVATE = frozenset(
    {"build", "builder", "home", "localhost", "python", "pypy", "root", "runner", "user", "users"},
)
"""Host and user names that say nothing about anybody, and are words of ordinary text."""

_LEAST_PRIVATE = 3
"""Shorter names are not replaced: they would be found inside version numbers and flags."""

_MOST_PRIVATE = 255
"""No host or user name is longer."""

_LONGEST_LABEL = 60
_CHOSEN = "chosen"
"""Stands for the folder of workloads' files: it may say who measured, and where."""
_SEPARATOR = re.compile(r"[/\\]")
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]")
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff"
    # Marks that turn the direction of text, and so could show it as something else.
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_STACK = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
"""More accents on one character than any language has: they would cover the lines above."""
_LONGEST = 8_000
"""No text is longer: some of the patterns below take time in the square of its length."""
_SLASHES = re.compile(r"[/\\]{3,}")
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
_QUOTED = re.compile(r"(?<=[\"'])(?:[A-Za-z]:)?[/\\][^\"'\n]*[/\\][^\"'\n]+(?=[\"'])")
_PART = r"[^\s/\\\"'<>|:;,=()\[\]{}…`]+"
_ROOTS = (
    "home|Users|root|tmp|var|opt|usr|private|mnt|media|srv|etc|proc|work|workspace|builds?|nix"
    "|data|github|Library|Volumes|Applications"
)
_PATH = re.compile(
    rf"(?P<url>\bhttps?://[^\s<>\"']+)"
    rf"|(?:(?<![\w.…/\\:])|(?<=-[ILB])|(?<=:))(?:[A-Za-z]:|~\w*)?(?:[/\\]+{_PART})+[/\\]*"
    rf"|[/\\]+(?:{_ROOTS})(?:[/\\]+{_PART})+[/\\]*",
)
_HOMES = re.compile(r"[/\\](?:home|Users)[/\\]+([^/\\\s\"':;,]+)")


def scrub(text: str, *, private: tuple[str, ...] = ()) -> str:
    """Return the text with control characters, absolute paths and private words removed.

    A path is shortened to ``…/name``. Line breaks and tabs stay.
    """
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    short = _SLASHES.sub(lambda found: found.group()[:2], short)
    cleaned = _CONTROLS.sub("\ufffd", _ESCAPES.sub("", short.replace("\r\n", "\n")))
    cleaned = _STACK.sub(r"\1", cleaned)
    cleaned = _QUOTED.sub(_shortened, _USERINFO.sub("", cleaned))
    cleaned = _PATH.sub(_shortened, cleaned)
    for word in private:
        cleaned = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "…", cleaned, flags=re.IGNORECASE)
    return cleaned


def scrubbed(value: _Any, private: tuple[str, ...]) -> _Any:
    """Return a tree of values with every text in it fit to be published."""
    return _mapped(value, lambda text: scrub(text, private=private))  # type: ignore[no-any-return]


def published(analysis: Analysis) -> Analysis:
    """Return the analysis with every text in it fit to be published; applying it twice is safe.

    Labels that become equal once shortened are numbered, so that cells stay apart.
    """
    if analysis.is_published:
        return analysis
    private = _private_words(analysis.manifest)
    folder = analysis.manifest.plan.folder
    labels: dict[str, str] = {}
    for variant in analysis.manifest.plan.variants:
        short = " ".join(scrub(variant.label, private=private).split()) or "unnamed"
        short = short if len(short) <= _LONGEST_LABEL else f"{short[: _LONGEST_LABEL - 1]}…"
        taken = set(labels.values())
        names = (short, *(f"{short} ({number})" for number in range(2, len(taken) + 3)))
        labels[variant.label] = next(name for name in names if name not in taken)

    def clean(text: str) -> str:
        if text in labels:
            return labels[text]
        # Spaces and all: of a path that is known, not even the last part is left.
        known = text.replace(folder, "…") if _SEPARATOR.search(folder.rstrip("/\\")) else text
        return scrub(known, private=private)

    machine = msgspec.structs.replace(analysis.manifest.machine, host="")
    plan = msgspec.structs.replace(analysis.manifest.plan, folder=_CHOSEN if folder else "")
    manifest = msgspec.structs.replace(analysis.manifest, machine=machine, plan=plan)
    cleaned = dataclasses.replace(analysis, manifest=manifest, is_published=True)
    return _mapped(cleaned, clean)  # type: ignore[no-any-return]


def _mapped(value: Any, clean: Callable[[str], str]) -> Any:  # noqa: ANN401 - walks any value type
    """Return a copy of a tree of values with ``clean`` applied to every plain string in it."""
    if type(value) is str:
        return clean(value)
    if isinstance(value, tuple) and hasattr(value, "_make"):
        return value._make(_mapped(item, clean) for item in value)
    if isinstance(value, tuple):
        return tuple(_mapped(item, clean) for item in value)
    if isinstance(value, msgspec.Struct):
        fields = {name: _mapped(getattr(value, name), clean) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **fields)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        fields = {name: _mapped(getattr(value, name), clean) for name in names}
        return dataclasses.replace(value, **fields)
    return value


def _private_words(manifest: Manifest) -> tuple[str, ...]:
    """Return the host and user names to look for in an analysis."""
    builds = [variant.build for variant in manifest.plan.variants]
    texts = [text for build in builds for text in (build.path, build.real_path)]
    texts += [build.configure_args for build in builds]
    return private_words(manifest.machine.host, texts)


def private_words(host: str, texts: Iterable[str]) -> tuple[str, ...]:
    """Return a host name and the users whose homes ``texts`` name, longest first."""
    words = {
        host,
        host.partition(".")[0],
        *(name for text in texts for name in _HOMES.findall(text)),
    }
    long_enough = {word for word in words if _LEAST_PRIVATE <= len(word) <= _MOST_PRIVATE}
    kept = {word for word in long_enough if word.lower() not in _NOT_PRIVATE}
    return tuple(sorted(kept, key=lambda word: (-len(word), word)))


def _shortened(match: re.Match[str]) -> str:
    text = match.group()
    if text.startswith(("http://", "https://")):
        return text
    kind = PureWindowsPath if "\\" in text else PurePosixPath
    name = kind(text.rstrip("/\\")).name
    return f"…/{name}" if name else "…"
