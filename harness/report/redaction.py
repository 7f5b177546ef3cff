"""What may be published: free text without host, user, home or absolute paths."""

from __future__ import annotations

import dataclasses
import re
from functools import cache, partial
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, NewType, TypeVar

import msgspec

from harness.analysis.results.experiment import Analysis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.model import Manifest

__all__ = [
    "Redacted",
    "cleaner",
    "private_words",
    "redacted",
    "redacted_manifest",
    "scrub",
    "scrubbed",
]

Redacted = NewType("Redacted", Analysis)
"""An analysis in which every text may be shown to anybody: what pages and exports are made of."""

_Any = TypeVar("_Any")
_NOT_PRIVATE = frozenset(
    {"build", "builder", "home", "localhost", "python", "pypy", "root", "runner", "user", "users"},
)
"""Host and user names that identify nobody, and are words of ordinary text."""

_MIN_PRIVATE = 3
"""Shorter names are not replaced: they would be found inside version numbers and flags."""

_MAX_PRIVATE = 255
"""No host or user name is longer."""

_MAX_LABEL_LENGTH = 60
_CHOSEN = "chosen"
"""Replaces the folder of workloads' files: it may tell who measured, and where."""
_PLAIN = frozenset({float, int, bool, type(None)})
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
_MAX_LENGTH = 8_000
"""No text is longer: some of the patterns below take time in the square of its length."""
_SLASHES = re.compile(r"[/\\]{3,}")
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
_QUOTED = re.compile(r"(?<=[\"'])(?:[A-Za-z]:)?[/\\][^\"'\n]*[/\\][^\"'\n]+(?=[\"'])")
_PART = r"[^\s/\\\"'<>|:;,=()\[\]{}…`]+"
_ROOTS = (
    "home|Users|root|tmp|var|opt|usr|private|mnt|media|srv|etc|proc|work|workspace|builds?|nix"
    "|data|github|Library|Volumes|Applications"
)
_BEFORE = r"[^\s\"'`=(\[{,;:|<>]"
"""What is in front of a path that is no path: ``n/2``, ``f(n)/threads=2``, ``90%/s``."""
_TAG = r"(?!(?<=<)/\w[\w:.-]*>)"
_PATH = re.compile(
    rf"(?P<url>\bhttps?://[^\s<>\"']+)"
    rf"|{_TAG}(?:(?<!{_BEFORE})|(?<=-[ILB]))(?:[A-Za-z]:|~\w*)?(?:[/\\]+{_PART})+[/\\]*"
    rf"|(?P<rooted>[/\\]+(?:{_ROOTS})(?:[/\\]+{_PART})+[/\\]*)",
)
_RELATIVE = re.compile(r"(?:\A|(?<=[\s\"'`]))(?![-/\\~])[\w.][\w.+-]*\Z")
"""The first part of a name with slashes, such as ``django/data/load``, which is no path."""
_HOMES = re.compile(r"[/\\](?:home|Users)[/\\]+([^/\\\s\"':;,]+)")


def scrub(text: str, *, private: tuple[str, ...] = (), is_host_shown: bool = False) -> str:
    """Return the text with control characters, absolute paths and private words removed.

    A path is shortened to ``…/name``. Line breaks and tabs stay; so do paths and words when the
    host is shown, but never a password in an address.
    """
    short = text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}…"
    short = _SLASHES.sub(lambda match: match.group()[:2], short)
    cleaned = _CONTROLS.sub("\ufffd", _ESCAPES.sub("", short.replace("\r\n", "\n")))
    cleaned = _USERINFO.sub("", _STACK.sub(r"\1", cleaned))
    if is_host_shown:
        return cleaned
    cleaned = _PATH.sub(_shortened, _QUOTED.sub(_shortened, cleaned))
    for word in private:
        cleaned = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "…", cleaned, flags=re.IGNORECASE)
    return cleaned


def scrubbed(
    value: _Any,
    private: tuple[str, ...],
    *,
    names: Iterable[str] = (),
    is_host_shown: bool = False,
) -> _Any:
    """Return a tree of values with every text in it fit to be published.

    Those of ``names`` that become equal are numbered, so that what they name stays apart.
    """
    plain = partial(scrub, private=private, is_host_shown=is_host_shown)
    known = _apart(names, plain, longest=_MAX_LENGTH)
    return _mapped(value, lambda text: known.get(text) or plain(text))  # type: ignore[no-any-return]


def redacted(analysis: Analysis, *, is_host_shown: bool = False) -> Redacted:
    """Return the analysis with every text in it fit to be published.

    With ``is_host_shown`` the host's name and real paths stay.
    """
    # The same few hundred names are in tens of thousands of places.
    clean = cache(cleaner(analysis.manifest, is_host_shown=is_host_shown))
    manifest = analysis.manifest if is_host_shown else _without_host(analysis.manifest)
    return Redacted(_mapped(dataclasses.replace(analysis, manifest=manifest), clean))


def redacted_manifest(manifest: Manifest) -> Manifest:
    """Return the manifest with every text in it fit to be published."""
    return _mapped(_without_host(manifest), cleaner(manifest))  # type: ignore[no-any-return]


def _without_host(manifest: Manifest) -> Manifest:
    plan = msgspec.structs.replace(manifest.plan, folder=_CHOSEN if manifest.plan.folder else "")
    machine = msgspec.structs.replace(manifest.machine, host="")
    return msgspec.structs.replace(manifest, machine=machine, plan=plan)


def cleaner(manifest: Manifest, *, is_host_shown: bool = False) -> Callable[[str], str]:
    """Return the function that makes a text of this experiment fit to be published.

    Names of variants and workloads that become equal once shortened are numbered, so that cells
    stay apart.
    """
    builds = [variant.build for variant in manifest.plan.variants]
    texts = [text for build in builds for text in (build.path, build.real_path)]
    texts += [build.configure_args for build in builds]
    private = private_words(manifest.machine.host, texts)
    folder = manifest.plan.folder
    has_folder = bool(_SEPARATOR.search(folder.rstrip("/\\"))) and not is_host_shown

    def plain(text: str) -> str:
        # Spaces and all: of a path that is known, not even the last part is left.
        text = text.replace(folder, "…") if has_folder else text
        return scrub(text, private=private, is_host_shown=is_host_shown)

    names = _apart((workload.name for workload in manifest.plan.workloads), plain)
    names |= _apart((variant.label for variant in manifest.plan.variants), plain)
    return lambda text: names[text] if text in names else plain(text)


def _apart(
    names: Iterable[str], clean: Callable[[str], str], *, longest: int = _MAX_LABEL_LENGTH
) -> dict[str, str]:
    """Return a short name on one line for each of these, no two the same."""
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        short = " ".join(clean(name).split()) or "unnamed"
        short = short if len(short) <= longest else f"{short[: longest - 1]}…"
        numbered = (short, *(f"{short} ({number})" for number in range(2, len(labels) + 3)))
        labels[name] = next(label for label in numbered if label not in taken)
        taken.add(labels[name])
    return labels


def _mapped(value: Any, clean: Callable[[str], str]) -> Any:  # noqa: ANN401 - walks any value type
    """Return a copy of a tree of values with ``clean`` applied to every plain string in it."""
    if type(value) is str:
        return clean(value)
    if type(value) in _PLAIN:  # the most frequent ones
        return value
    if isinstance(value, tuple):
        make = getattr(value, "_make", tuple)  # a named one's own
        return make(_mapped(item, clean) for item in value)
    replace: Callable[..., Any]
    if isinstance(value, msgspec.Struct):
        names, replace = value.__struct_fields__, msgspec.structs.replace
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = tuple(field.name for field in dataclasses.fields(value))
        replace = dataclasses.replace
    else:
        return value
    return replace(value, **{name: _mapped(getattr(value, name), clean) for name in names})


def private_words(host: str, texts: Iterable[str]) -> tuple[str, ...]:
    """Return a host name and the users whose homes ``texts`` name, longest first."""
    users = [name for text in texts for name in _HOMES.findall(text)]
    words = {
        word
        for word in (host, host.partition(".")[0], *users)
        if _MIN_PRIVATE <= len(word) <= _MAX_PRIVATE and word.lower() not in _NOT_PRIVATE
    }
    return tuple(sorted(words, key=lambda word: (-len(word), word)))


def _shortened(match: re.Match[str]) -> str:
    text = match.group()
    if text.startswith(("http://", "https://")) or _is_part_of_name(match):
        return text
    kind = PureWindowsPath if "\\" in text else PurePosixPath
    path = kind(text.rstrip("/\\"))
    # The last part of a home itself is its user, whom no build's path need have named.
    is_home = path.parent.name.lower() in {"home", "users"}
    return f"…/{path.name}" if path.name and not is_home else "…"


def _is_part_of_name(match: re.Match[str]) -> bool:
    """Return whether what looks like a path goes on a relative name: no path begins there."""
    if match.re is not _PATH or match["rooted"] is None or "home" in match.group().lower():
        return False
    before = match.string[max(0, match.start() - _MAX_LABEL_LENGTH) : match.start()]
    return bool(before) and _RELATIVE.search(before) is not None
