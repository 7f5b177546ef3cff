"""Parse the options of a spec: ``?flags=--with-lto&cc=clang-19&env=PYTHON_JIT=1``."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from harness.errors import ConfigError, nearest
from harness.model import ENVIRONMENT

__all__ = ["Options", "parse"]

_KEYS = ("flags", "cc", "env")
_RESERVED = (
    *("--prefix", "--exec-prefix", "--srcdir", "--cache-file", "--bindir", "--libdir"),
    *("PROFILE_TASK=", "EXTRA_CFLAGS=", "DESTDIR=", "COMPILEALL_OPTS="),
)
_FLAG = re.compile(r"--(with|without|enable|disable)-[A-Za-z0-9-]+(=.*)?|[A-Z_]+=.*")
_MAX_VALUE_LENGTH = 200
_SWITCHES = ("PYTHON_GIL", "PYTHON_JIT")


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of one spec."""

    flags: tuple[str, ...] = ()
    compiler: str = ""
    environment: tuple[tuple[str, str], ...] = ()


def parse(text: str, *, spec: str) -> Options:
    """Parse the text after ``?``; raise ``ConfigError`` for an unknown key or a bad value."""
    flags: list[str] = []
    compilers: list[str] = []
    environment: dict[str, str] = {}
    for part in filter(None, text.split("&")):
        key, equals, value = part.partition("=")
        if key not in _KEYS:
            raise ConfigError(f"{spec!r}: unknown option {key!r}; {nearest(key, _KEYS)}")
        if not equals or not value:
            raise ConfigError(f"{spec!r}: {key} has no value; write {key}=…")
        if key == "flags":
            flags += _flags(value, spec=spec)
        elif key == "cc":
            compilers.append(_compiler(value, spec=spec))
        else:
            name, setting = _setting(value, spec=spec)
            if environment.setdefault(name, setting) != setting:
                raise ConfigError(f"{spec!r}: env sets {name} twice; keep one of them")
    if len(compilers) > 1:
        raise ConfigError(f"{spec!r}: cc is given twice; keep one of them")
    return Options(
        flags=tuple(flags),
        compiler="".join(compilers),
        environment=tuple(environment.items()),
    )


def _flags(value: str, *, spec: str) -> list[str]:
    try:
        flags = shlex.split(value)
    except ValueError as error:
        raise ConfigError(f"{spec!r}: flags={value!r} has unmatched quotes ({error})") from None
    for flag in flags:
        if flag.startswith(_RESERVED):
            raise ConfigError(f"{spec!r}: {flag} is set by Gilscope; leave it out")
        if not _FLAG.fullmatch(flag):
            raise ConfigError(
                f"{spec!r}: {flag!r} is not a configure option that affects the build: "
                "write --with-…, --enable-…, --disable-… or NAME=VALUE"
            )
        if flag.startswith("CC="):
            raise ConfigError(f"{spec!r}: name the compiler with cc={flag.removeprefix('CC=')}")
    return flags


def _compiler(value: str, *, spec: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError:  # unmatched quotes
        words = []
    if not words or words[0].startswith("-") or not value.isprintable():
        raise ConfigError(
            f"{spec!r}: cc={value!r} is not a compiler; write for example cc=clang-19"
        )
    return value


def _setting(value: str, *, spec: str) -> tuple[str, str]:
    name, equals, setting = value.partition("=")
    if not equals:
        raise ConfigError(f"{spec!r}: env={value!r} has no value; write env=NAME=VALUE")
    if not ENVIRONMENT.fullmatch(name):
        raise ConfigError(
            f"{spec!r}: env cannot set {name!r}, only variables that change how an interpreter "
            "works (PYTHON_GIL, PYTHON_JIT, PYTHON_TLBC, PYTHON_THREAD_INHERIT_CONTEXT, "
            "PYTHON_CONTEXT_AWARE_WARNINGS, PYTHONMALLOC, PYTHONHASHSEED, PYTHONOPTIMIZE, "
            "PYPY_GC_…, MALLOC_…)"
        )
    if len(setting) > _MAX_VALUE_LENGTH or not setting.isprintable():
        raise ConfigError(f"{spec!r}: the value of env={name} is too long or not printable")
    if name in _SWITCHES and setting not in ("", "0", "1"):
        raise ConfigError(f"{spec!r}: {name} must be 0 or 1, not {setting!r}")
    return name, setting
