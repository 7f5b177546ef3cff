"""Parse the user's requests: ``[LABEL=]SPEC[?OPTIONS]``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ConfigError, nearest
from harness.interpreters.naming import spec_options
from harness.interpreters.naming.catalogue import Target, catalogue
from harness.interpreters.naming.requirement import (
    CREDENTIALS,
    AtPath,
    FromGit,
    FromTarball,
    Packed,
    Requirement,
    UserBuild,
)
from harness.model import Optimised

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.interpreters.naming.spec_options import Options

__all__ = ["GIL_SUFFIX", "JIT_SUFFIX", "Request", "parse", "parse_all"]

GIL_SUFFIX = "+gil"
"""Runs a free-threaded build with the GIL on: the same binary, ``PYTHON_GIL=1``."""
JIT_SUFFIX = "+jit"
"""Runs a build with CPython's JIT on: the same binary, ``PYTHON_JIT=1``."""
_HELP = (
    "3.14, 3.14t, 3.14.7, pypy3.11, a path such as ./python, a file made by --pack, "
    "git:REVISION[@REPOSITORY] or src:TARBALL; +gil or +jit behind it; ?flags=…&cc=…&env=…"
)
CPYTHON = "https://github.com/python/cpython"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")
_EXACT = re.compile(r"(?P<minor>3\.\d+)\.(?P<micro>\d+((a|b|rc)\d+)?)(?P<suffix>t?)", re.ASCII)
_GIT, _SOURCE = "git:", "src:"
_PACK_ENDINGS = (".tar", ".tar.xz", ".tar.gz", ".tgz", ".tar.zst", ".tar.bz2")


@dataclass(frozen=True, kw_only=True)
class Request:
    """An interpreter to measure, and its environment."""

    label: str
    """The name in reports; empty if it will be derived from the build."""
    spec: str
    requirement: Requirement
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def is_gil_forced(self) -> bool:
        """Return whether a free-threaded build must run with the GIL on."""
        return dict(self.environment).get("PYTHON_GIL") == "1"


def parse_all(texts: Iterable[str], *, optimised: Optimised = Optimised.ANY) -> tuple[Request, ...]:
    """Parse every ``[LABEL=]SPEC``; raise ``ConfigError`` if two share a label."""
    requests = tuple(parse(text, optimised=optimised) for text in texts)
    seen: set[str] = set()
    for request in requests:
        if request.label and request.label in seen:
            raise ConfigError(
                f"two interpreters have the label {request.label!r}: "
                f"give one of them another with LABEL={request.spec}"
            )
        seen.add(request.label)
    return requests


def parse(text: str, *, optimised: Optimised = Optimised.ANY) -> Request:
    """Parse one ``[LABEL=]SPEC``; raise ``ConfigError`` that names the problem."""
    label, spec = _split(text)
    if label and not _LABEL.fullmatch(label):
        raise ConfigError(
            f"label {label!r} of interpreter {text!r} is not valid: a label starts with a "
            "letter or digit and has at most 40 letters, digits, '.', '_', '+' or '-'"
        )
    if not text:
        raise ConfigError(f"the interpreter is empty: write {_HELP}")
    if not spec:
        raise ConfigError(f"interpreter {text!r} has nothing after '=': write LABEL=SPEC")
    place, suffixes, query = _parts(spec)
    if query is not None and not query:
        raise ConfigError(f"{spec!r} has no options after '?': leave it out")
    options = spec_options.parse(query or "", spec=spec)
    environment = _environment(spec, suffixes, options)
    what = _user_build(place) or _named(place, spec)
    _refuse_contradictions(spec, what, environment, options)
    requirement = Requirement(
        what=what,
        optimised=Optimised.ANY if isinstance(what, AtPath | Packed) else optimised,
        needs_jit=environment.get("PYTHON_JIT", "") not in ("", "0"),
        flags=options.flags,
        compiler=options.compiler,
    )
    is_plain = isinstance(what, Target) and not query
    return Request(
        label=label or (spec if is_plain else ""),
        spec=CREDENTIALS.sub("", spec),
        requirement=requirement,
        environment=tuple(sorted(environment.items())),
    )


def _split(text: str) -> tuple[str, str]:
    label, equals, spec = text.partition("=")
    # Paths, URLs and options may contain "=", but labels do not look like their beginnings.
    is_label = equals and not (
        _has_separator(label) or "?" in label or label.startswith(("~", _GIT, _SOURCE))
    )
    if not is_label:
        return "", text
    if not label:
        raise ConfigError(f"interpreter {text!r} has an empty label: write LABEL=SPEC")
    return label, spec


def _parts(spec: str) -> tuple[str, tuple[str, ...], str | None]:
    """Split into the place or name, its suffixes, and the options.

    A file may have "?" or a suffix in its name: the longest name of an existing file wins.
    """
    if spec.startswith(_GIT):
        # A URL may contain a question mark.
        place, _, query = re.sub(r"\?(?=(flags|cc|env)=)", "\0", spec, count=1).partition("\0")
        return *_without_suffixes(place), query or None
    marks = [index for index, character in enumerate(spec) if character == "?"]
    for end in (len(spec), *reversed(marks)):
        place, suffixes = _without_suffixes(spec[:end])
        if _exists(place):
            return place, suffixes, spec[end + 1 :] if end < len(spec) else None
    text, mark, query = spec.partition("?")
    return *_without_suffixes(text), query if mark else None


def _without_suffixes(place: str) -> tuple[str, tuple[str, ...]]:
    suffixes: list[str] = []
    while not _exists(place) and (suffix := _suffix(place)):
        suffixes.append(suffix)
        place = place.removesuffix(suffix)
    return place, tuple(suffixes)


def _suffix(place: str) -> str:
    return next((suffix for suffix in (GIL_SUFFIX, JIT_SUFFIX) if place.endswith(suffix)), "")


def _exists(place: str) -> bool:
    if "\0" in place:  # not possible in a path
        return False
    path = os.path.expanduser(place.removeprefix(_SOURCE))  # noqa: PTH111  # never raises
    # A folder in the current one, perhaps of results, may have any name.
    return os.path.exists(path) if _has_separator(path) else os.path.isfile(path)  # noqa: PTH110, PTH113


def _has_separator(text: str) -> bool:
    return os.sep in text or bool(os.altsep and os.altsep in text)


def _environment(spec: str, suffixes: tuple[str, ...], options: Options) -> dict[str, str]:
    variables = {GIL_SUFFIX: ("PYTHON_GIL", "1"), JIT_SUFFIX: ("PYTHON_JIT", "1")}
    environment = dict(options.environment)
    for suffix in suffixes:
        name, value = variables[suffix]
        if environment.setdefault(name, value) != value:
            raise ConfigError(
                f"{spec!r}: {suffix} sets {name}={value}, and env= sets it to "
                f"{environment[name]!r}: keep one of them"
            )
    return environment


def _user_build(place: str) -> UserBuild | None:
    if place.startswith(_GIT):
        return _from_git(place)
    if place.startswith(_SOURCE):
        return FromTarball(path=_expanded(_rest(place, _SOURCE, "TARBALL")))
    is_file = place.endswith(_PACK_ENDINGS) or os.path.isfile(place)  # noqa: PTH113  # never raises
    if not (is_file or _has_separator(place) or place.startswith((".", "~"))):
        return None
    path = _expanded(place)
    return Packed(path=path) if place.endswith(_PACK_ENDINGS) else AtPath(path=path)


def _from_git(place: str) -> FromGit:
    # "@" also occurs in HEAD@{1} and in git@host:path.
    parts = re.split(r"@(?!\{)", _rest(place, _GIT, "REVISION[@REPOSITORY]"), maxsplit=1)
    revision, repository = parts if len(parts) > 1 else (*parts, CPYTHON)
    if not revision or not repository:
        raise ConfigError(f"{place!r}: write git:REVISION@REPOSITORY, such as git:main@./cpython")
    return FromGit(revision=revision, repository=repository)


def _rest(place: str, prefix: str, form: str) -> str:
    rest = place.removeprefix(prefix)
    if not rest:
        raise ConfigError(f"{place!r} is incomplete: write {prefix}{form}")
    return rest


def _expanded(place: str) -> Path:
    try:
        return Path(place).expanduser()
    except (RuntimeError, ValueError):
        raise ConfigError(f"{place!r}: there is no such user; write the full path") from None


def _named(name: str, spec: str) -> Target:
    target = catalogue().target(name) or _exact(name)
    if target is None:
        raise ConfigError(
            f"unknown interpreter {spec!r}: {nearest(name, _names())} (or another form: {_HELP})"
        )
    return target


def _exact(name: str) -> Target | None:
    """Return the row of a minor version, narrowed to one release: ``3.14.7t``."""
    match = _EXACT.fullmatch(name)
    row = catalogue().target(match["minor"] + match["suffix"]) if match else None
    return row.at(f"{match['minor']}.{match['micro']}") if match and row else None


def _refuse_contradictions(
    spec: str, what: Target | UserBuild, environment: dict[str, str], options: Options
) -> None:
    is_building = isinstance(what, FromTarball | FromGit) or (
        isinstance(what, Target) and bool(what.source)
    )
    if (options.flags or options.compiler) and not is_building:
        raise ConfigError(f"{spec!r}: flags= and cc= are for builds from source; leave them out")
    switches = [flag for flag in options.flags if re.match(r"--(en|dis)able-gil(=|$)", flag)]
    if not isinstance(what, Target):
        if "PYTHON_GIL" in environment and is_building and not switches:
            raise ConfigError(
                f"{spec!r}: {GIL_SUFFIX} (PYTHON_GIL) is for free-threaded builds; build one with "
                "?flags=--disable-gil"
            )
        return
    if switches and not what.is_free_threaded:
        raise ConfigError(f"{spec!r}: {what.id} is never a free-threaded build; use {what.id}t")
    if any(flag != "--disable-gil" for flag in switches):
        raise ConfigError(f"{spec!r}: {what.id} is always a free-threaded build; leave out flags")
    if "PYTHON_GIL" in environment and not what.is_free_threaded:
        raise ConfigError(
            f"{spec!r}: {GIL_SUFFIX} (PYTHON_GIL) is for free-threaded builds; {what.id} has the "
            f"GIL anyway, use {what.id!r}"
        )
    if "PYTHON_JIT" in environment and what.implementation != "cpython":
        raise ConfigError(
            f"{spec!r}: {JIT_SUFFIX} (PYTHON_JIT) turns on CPython's own JIT; {what.id} always has "
            f"its JIT on, use {what.id!r}"
        )


def _names() -> list[str]:
    rows = catalogue().interpreters
    return [row.id for row in rows] + [row.id + GIL_SUFFIX for row in rows if row.is_free_threaded]
