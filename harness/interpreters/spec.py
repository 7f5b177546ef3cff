"""What the user asks for: ``[LABEL=]SPEC`` as a checked request.

Place in the flow: options in, requests out; nothing is looked for yet. A spec is a name
of the catalogue, a name with ``+gil``, or a path.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ConfigError, nearest
from harness.interpreters.catalogue import Target, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["GIL_SUFFIX", "Request", "parse", "parse_all"]

GIL_SUFFIX = "+gil"
"""Runs a free-threaded build with its GIL on: the same binary, ``PYTHON_GIL=1``."""
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One interpreter the user wants to measure: by name or by path."""

    label: str
    """The name in reports; empty when it is still to be derived from the probe."""
    spec: str
    target: Target | None = None
    path: Path | None = None
    is_gil_forced: bool = False

    @property
    def environment(self) -> tuple[tuple[str, str], ...]:
        """Return what is set for the worker; ``PYTHON_GIL=0`` would kill a plain build."""
        return (("PYTHON_GIL", "1"),) if self.is_gil_forced else ()


def parse_all(texts: Iterable[str]) -> tuple[Request, ...]:
    """Parse every ``[LABEL=]SPEC``; raise ``ConfigError`` when two share a label."""
    requests = tuple(parse(text) for text in texts)
    seen: set[str] = set()
    for request in requests:
        if request.label and request.label in seen:
            raise ConfigError(
                f"two interpreters are called {request.label!r}: "
                f"give one another name with LABEL={request.spec}"
            )
        seen.add(request.label)
    return requests


def parse(text: str) -> Request:
    """Parse one ``[LABEL=]SPEC``; raise ``ConfigError`` naming what is wrong with it."""
    label, spec = _split(text)
    if label and not _LABEL.fullmatch(label):
        raise ConfigError(
            f"label {label!r} of interpreter {text!r} cannot be used: a label starts with a "
            "letter or digit and has at most 40 letters, digits, '.', '_', '+' or '-'"
        )
    if not spec:
        raise ConfigError(f"interpreter {text!r} names nothing after '=': write LABEL=SPEC")
    if _is_path(spec):
        return _by_path(label, spec)
    return _by_name(label, spec)


def _split(text: str) -> tuple[str, str]:
    label, equals, spec = text.partition("=")
    # A path may contain "=", a label never contains a separator.
    if not equals or _has_separator(label) or label.startswith("~"):
        return "", text
    if not label:
        raise ConfigError(f"interpreter {text!r} has an empty label: write LABEL=SPEC")
    return label, spec


def _has_separator(text: str) -> bool:
    return os.sep in text or bool(os.altsep and os.altsep in text)


def _is_path(spec: str) -> bool:
    return _has_separator(spec) or spec.startswith((".", "~")) or os.path.isfile(spec)  # noqa: PTH113  # never raises


def _by_path(label: str, spec: str) -> Request:
    path, is_gil_forced = _expanded(spec), False
    if spec.endswith(GIL_SUFFIX) and not os.path.exists(path):  # noqa: PTH110  # never raises
        path, is_gil_forced = _expanded(spec.removesuffix(GIL_SUFFIX)), True
    return Request(label=label, spec=spec, path=path, is_gil_forced=is_gil_forced)


def _expanded(spec: str) -> Path:
    try:
        return Path(spec).expanduser()
    except RuntimeError:
        raise ConfigError(f"{spec!r}: there is no such user's folder; write the path out") from None


def _by_name(label: str, spec: str) -> Request:
    name, is_gil_forced = spec.removesuffix(GIL_SUFFIX), spec.endswith(GIL_SUFFIX)
    target = catalogue().target(name)
    if target is None:
        raise ConfigError(
            f"unknown interpreter {spec!r}: {nearest(spec, _names())} "
            "(or the path of an executable, such as ./python)"
        )
    if is_gil_forced and not target.is_free_threaded:
        raise ConfigError(
            f"{spec!r}: {GIL_SUFFIX} is for free-threaded builds; {name} has the GIL anyway, "
            f"ask for {name!r}"
        )
    return Request(label=label or spec, spec=spec, target=target, is_gil_forced=is_gil_forced)


def _names() -> list[str]:
    rows = catalogue().interpreters
    return [row.id for row in rows] + [row.id + GIL_SUFFIX for row in rows if row.is_free_threaded]
