"""What the user asks for: ``[LABEL=]SPEC[?OPTIONS]`` as a checked request."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ConfigError, nearest
from harness.interpreters.naming import spec_options
from harness.interpreters.naming.catalogue import Target, catalogue
from harness.interpreters.naming.wanted import (
    AtPath,
    FromGit,
    FromTarball,
    Optimised,
    Own,
    Packed,
    Wanted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.interpreters.naming.spec_options import Options

__all__ = ["GIL_SUFFIX", "HELP", "JIT_SUFFIX", "Request", "parse", "parse_all"]

GIL_SUFFIX = "+gil"
"""Runs a free-threaded build with its GIL on: the same binary, ``PYTHON_GIL=1``."""
JIT_SUFFIX = "+jit"
"""Runs a build that has CPython's JIT with it on: the same binary, ``PYTHON_JIT=1``."""
HELP = (
    "3.14, 3.14t, 3.14.7, pypy3.11, a path such as ./python, a file made by --pack, "
    "git:REVISION[@REPOSITORY] or src:TARBALL; +gil or +jit behind it; ?flags=…&cc=…&env=…"
)
CPYTHON = "https://github.com/python/cpython"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")
_EXACT = re.compile(r"(?P<minor>3\.\d+)\.(?P<micro>\d+((a|b|rc)\d+)?)(?P<suffix>t?)", re.ASCII)
_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")
"""A user's name and password in a URL: no business of a results folder."""
_GIT, _SOURCE = "git:", "src:"
_PACK_ENDINGS = (".tar", ".tar.xz", ".tar.gz", ".tgz", ".tar.zst", ".tar.bz2")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One interpreter the user wants to measure, and the environment to measure it in."""

    label: str
    """The name in reports; empty when it is still to be derived from the probe."""
    spec: str
    wanted: Wanted
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def is_gil_forced(self) -> bool:
        """Return whether a free-threaded build is to run with its GIL on."""
        return dict(self.environment).get("PYTHON_GIL") == "1"


def parse_all(texts: Iterable[str], *, optimised: Optimised = Optimised.ANY) -> tuple[Request, ...]:
    """Parse every ``[LABEL=]SPEC``; raise ``ConfigError`` when two share a label."""
    requests = tuple(parse(text, optimised=optimised) for text in texts)
    seen: set[str] = set()
    for request in requests:
        if request.label and request.label in seen:
            raise ConfigError(
                f"two interpreters are called {request.label!r}: "
                f"give one another name with LABEL={request.spec}"
            )
        seen.add(request.label)
    return requests


def parse(text: str, *, optimised: Optimised = Optimised.ANY) -> Request:
    """Parse one ``[LABEL=]SPEC``; raise ``ConfigError`` naming what is wrong with it."""
    label, spec = _split(text)
    if label and not _LABEL.fullmatch(label):
        raise ConfigError(
            f"label {label!r} of interpreter {text!r} cannot be used: a label starts with a "
            "letter or digit and has at most 40 letters, digits, '.', '_', '+' or '-'"
        )
    if not text:
        raise ConfigError(f"an empty text names nothing: write {HELP}")
    if not spec:
        raise ConfigError(f"interpreter {text!r} names nothing after '=': write LABEL=SPEC")
    place, how, asked = _parts(spec)
    if asked is not None and not asked:
        raise ConfigError(f"{spec!r} has no options behind '?': leave it out")
    options = spec_options.parse(asked or "", spec=spec)
    environment = _environment(spec, how, options)
    what = _own(place) or _named(place, spec)
    _refuse_senseless(spec, what, environment, options)
    wanted = Wanted(
        what=what,
        optimised=Optimised.ANY if isinstance(what, AtPath | Packed) else optimised,
        needs_jit=environment.get("PYTHON_JIT", "") not in ("", "0"),
        flags=options.flags,
        compiler=options.compiler,
    )
    is_plain = isinstance(what, Target) and not asked
    return Request(
        label=label or (spec if is_plain else ""),
        spec=_CREDENTIALS.sub("", spec),
        wanted=wanted,
        environment=tuple(sorted(environment.items())),
    )


def _split(text: str) -> tuple[str, str]:
    label, equals, spec = text.partition("=")
    # A path, a URL or an option may contain "=", a label never contains what they begin with.
    is_label = equals and not (
        _has_separator(label) or "?" in label or label.startswith(("~", _GIT, _SOURCE))
    )
    if not is_label:
        return "", text
    if not label:
        raise ConfigError(f"interpreter {text!r} has an empty label: write LABEL=SPEC")
    return label, spec


def _parts(spec: str) -> tuple[str, tuple[str, ...], str | None]:
    """Split into the place or name, the suffixes behind it, and the options.

    A file may have "?" or a suffix in its name: the longest name of one that is there wins.
    """
    if spec.startswith(_GIT):
        # A URL may have a question mark of its own.
        place, _, asked = re.sub(r"\?(?=(flags|cc|env)=)", "\0", spec, count=1).partition("\0")
        return *_without_suffixes(place), asked or None
    marks = [index for index, character in enumerate(spec) if character == "?"]
    for end in (len(spec), *reversed(marks)):
        place, how = _without_suffixes(spec[:end])
        if _is_there(place):
            return place, how, spec[end + 1 :] if end < len(spec) else None
    text, mark, asked = spec.partition("?")
    return *_without_suffixes(text), asked if mark else None


def _without_suffixes(place: str) -> tuple[str, tuple[str, ...]]:
    how: list[str] = []
    while not _is_there(place) and (suffix := _suffix(place)):
        how.append(suffix)
        place = place.removesuffix(suffix)
    return place, tuple(how)


def _suffix(place: str) -> str:
    return next((one for one in (GIL_SUFFIX, JIT_SUFFIX) if place.endswith(one)), "")


def _is_there(place: str) -> bool:
    if "\0" in place:  # no path can hold one
        return False
    path = os.path.expanduser(place.removeprefix(_SOURCE))  # noqa: PTH111  # never raises
    # A folder in the present one, of results perhaps, may have any name.
    is_there = os.path.exists if _has_separator(path) else os.path.isfile
    return is_there(path)


def _has_separator(text: str) -> bool:
    return os.sep in text or bool(os.altsep and os.altsep in text)


def _environment(spec: str, how: tuple[str, ...], options: Options) -> dict[str, str]:
    ours = {GIL_SUFFIX: ("PYTHON_GIL", "1"), JIT_SUFFIX: ("PYTHON_JIT", "1")}
    environment = dict(options.environment)
    for suffix in how:
        name, value = ours[suffix]
        if environment.setdefault(name, value) != value:
            raise ConfigError(
                f"{spec!r}: {suffix} sets {name}={value}, and env= sets it to "
                f"{environment[name]!r}: keep one of them"
            )
    return environment


def _own(place: str) -> Own | None:
    if place.startswith(_GIT):
        return _from_git(place)
    if place.startswith(_SOURCE):
        return FromTarball(path=_expanded(_needed(place, _SOURCE, "TARBALL")))
    is_file = place.endswith(_PACK_ENDINGS) or os.path.isfile(place)  # noqa: PTH113  # never raises
    if not (is_file or _has_separator(place) or place.startswith((".", "~"))):
        return None
    path = _expanded(place)
    return Packed(path=path) if place.endswith(_PACK_ENDINGS) else AtPath(path=path)


def _from_git(place: str) -> FromGit:
    # "@" also stands in HEAD@{1} and in git@host:path.
    parts = re.split(r"@(?!\{)", _needed(place, _GIT, "REVISION[@REPOSITORY]"), maxsplit=1)
    revision, repository = parts if len(parts) > 1 else (*parts, CPYTHON)
    if not revision or not repository:
        raise ConfigError(f"{place!r}: write git:REVISION@REPOSITORY, such as git:main@./cpython")
    return FromGit(revision=revision, repository=repository)


def _needed(place: str, prefix: str, form: str) -> str:
    rest = place.removeprefix(prefix)
    if not rest:
        raise ConfigError(f"{place!r} names nothing: write {prefix}{form}")
    return rest


def _expanded(place: str) -> Path:
    try:
        return Path(place).expanduser()
    except (RuntimeError, ValueError):
        raise ConfigError(
            f"{place!r}: there is no such user's folder; write the path out"
        ) from None


def _named(name: str, spec: str) -> Target:
    target = catalogue().target(name) or _exact(name)
    if target is None:
        raise ConfigError(
            f"unknown interpreter {spec!r}: {nearest(name, _names())} (or another form: {HELP})"
        )
    return target


def _exact(name: str) -> Target | None:
    """Return the row of a minor version, narrowed to one release: ``3.14.7t``."""
    found = _EXACT.fullmatch(name)
    row = catalogue().target(found["minor"] + found["suffix"]) if found else None
    return row.at(f"{found['minor']}.{found['micro']}") if found and row else None


def _refuse_senseless(
    spec: str, what: Target | Own, environment: dict[str, str], options: Options
) -> None:
    is_building = isinstance(what, FromTarball | FromGit) or (
        isinstance(what, Target) and bool(what.source)
    )
    if (options.flags or options.compiler) and not is_building:
        raise ConfigError(
            f"{spec!r}: flags= and cc= are for builds from source, and this is none; leave them out"
        )
    switches = [flag for flag in options.flags if re.match(r"--(en|dis)able-gil(=|$)", flag)]
    if not isinstance(what, Target):
        if "PYTHON_GIL" in environment and is_building and not switches:
            raise ConfigError(
                f"{spec!r}: {GIL_SUFFIX} (PYTHON_GIL) is for free-threaded builds; build one with "
                "?flags=--disable-gil"
            )
        return
    if switches and not what.is_free_threaded:
        raise ConfigError(f"{spec!r}: {what.id} is never a free-threaded build; ask for {what.id}t")
    if any(flag != "--disable-gil" for flag in switches):
        raise ConfigError(f"{spec!r}: {what.id} is always a free-threaded build; leave out flags")
    if "PYTHON_GIL" in environment and not what.is_free_threaded:
        raise ConfigError(
            f"{spec!r}: {GIL_SUFFIX} (PYTHON_GIL) is for free-threaded builds; {what.id} has the "
            f"GIL anyway, ask for {what.id!r}"
        )
    if "PYTHON_JIT" in environment and what.implementation != "cpython":
        raise ConfigError(
            f"{spec!r}: {JIT_SUFFIX} (PYTHON_JIT) turns on CPython's own JIT; {what.id} always has "
            f"its JIT on, ask for {what.id!r}"
        )


def _names() -> list[str]:
    rows = catalogue().interpreters
    return [row.id for row in rows] + [row.id + GIL_SUFFIX for row in rows if row.is_free_threaded]
