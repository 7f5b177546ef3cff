"""The PEP 723 metadata of a workload file: the packages and the Python that it needs."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from harness.errors import ConfigError
from harness.planning.uv_table import checked

__all__ = ["Needs", "read_header"]

# The reference expression of the specification.
_BLOCK = re.compile(
    r"^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$", re.MULTILINE
)
_START = re.compile(r"^# /// script\s*$", re.MULTILINE)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Needs:
    """The requirements of a workload file."""

    dependencies: tuple[str, ...] = ()
    """Sorted, without duplicates."""
    requires_python: str = ""
    uv: str = ""
    """Its ``[tool.uv]`` table as JSON, with absolute paths."""

    def refusal(self, python_version: str) -> str:
        """Return why an interpreter of this version cannot run the file, or an empty string."""
        if SpecifierSet(self.requires_python).contains(python_version, prereleases=True):
            return ""
        return f"is Python {python_version}, and the file requires {self.requires_python}"


class _Header(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    dependencies: tuple[str, ...] = ()
    requires_python: str = ""
    tool: dict[str, Any] = {}
    """Of other tools than uv nothing is read: they do not say how the file is run."""


def read_header(text: str, name: str, folder: Path = Path()) -> Needs:
    """Read the metadata from the text of a file; raise ConfigError with the file's ``name``.

    Paths in it are relative to ``folder``, that of the file.
    """
    text = text.replace("\r\n", "\n")
    blocks = [match for match in _BLOCK.finditer(text) if match["type"] == "script"]
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
        values = tomllib.loads("\n".join(line[2:] for line in lines))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: its PEP 723 header is not valid TOML: {error}") from error
    try:
        header = msgspec.convert(values, _Header)
        for text in header.dependencies:
            Requirement(text)
        return Needs(
            dependencies=tuple(sorted(set(header.dependencies))),
            requires_python=str(SpecifierSet(header.requires_python)),
            uv=checked(header.tool["uv"], name=name, folder=folder) if "uv" in header.tool else "",
        )
    except (InvalidRequirement, InvalidSpecifier, msgspec.ValidationError) as error:
        reason = ": ".join(line.strip() for line in str(error).splitlines()[:2])
        raise ConfigError(
            f"{name}: its PEP 723 header is not valid ({reason}): write for example "
            'dependencies = ["numpy>=2.3"] and requires-python = ">=3.12"'
        ) from error
