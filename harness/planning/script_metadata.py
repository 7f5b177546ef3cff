"""The PEP 723 header of a workload file: what it needs to be installed."""

from __future__ import annotations

import dataclasses
import re
import tomllib

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from harness.errors import ConfigError

__all__ = ["Needs", "read_header"]

# The reference expression of the specification.
_BLOCK = re.compile(
    r"^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$", re.MULTILINE
)
_START = re.compile(r"^# /// script\s*$", re.MULTILINE)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Needs:
    """What the header of a file asks for."""

    dependencies: tuple[str, ...] = ()
    """Sorted, so that two ways to write the same are the same."""
    requires_python: str = ""

    def refusal(self, python_version: str) -> str:
        """Return why an interpreter of this version may not run the file, or nothing."""
        if SpecifierSet(self.requires_python).contains(python_version, prereleases=True):
            return ""
        return f"is Python {python_version}, and the file asks for {self.requires_python}"


def read_header(text: str, name: str) -> Needs:
    """Return what the header in ``text`` asks for; raises ConfigError naming the file."""
    text = text.replace("\r\n", "\n")
    blocks = [found for found in _BLOCK.finditer(text) if found["type"] == "script"]
    starts = len(_START.findall(text))
    if starts > 1:
        raise ConfigError(f"{name} has {starts} PEP 723 headers (# /// script): keep one of them")
    if starts > len(blocks):
        raise ConfigError(
            f"{name} has a PEP 723 header (# /// script) that does not end: every line of it "
            "begins with '# ', and the last one is '# ///'"
        )
    if not blocks:
        return Needs()
    lines = blocks[0]["content"].splitlines()
    try:
        found = tomllib.loads("\n".join(line[2:] for line in lines))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: its PEP 723 header is not valid TOML: {error}") from error
    return Needs(
        dependencies=_dependencies(found.get("dependencies", []), name),
        requires_python=_requires_python(found.get("requires-python", ""), name),
    )


def _dependencies(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(
            f"{name}: dependencies = {value!r} in its PEP 723 header: write a list of texts"
        )
    for item in value:
        try:
            Requirement(item)
        except InvalidRequirement as error:
            raise ConfigError(
                f"{name}: its PEP 723 header asks for {item!r}, which is no requirement "
                f"({str(error).splitlines()[0]}): write for example 'numpy>=2.3'"
            ) from error
    return tuple(sorted(set(value)))


def _requires_python(value: object, name: str) -> str:
    try:
        return str(SpecifierSet(value)) if isinstance(value, str) else _no_text(value)
    except (InvalidSpecifier, TypeError) as error:
        raise ConfigError(
            f"{name}: requires-python = {value!r} in its PEP 723 header: write for example '>=3.12'"
        ) from error


def _no_text(value: object) -> str:
    raise TypeError(type(value).__name__)
