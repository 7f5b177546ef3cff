"""Options and ``gilscope.toml`` → one validated ``Config``."""

from __future__ import annotations

import dataclasses
import os
import secrets
import tomllib
from typing import TYPE_CHECKING

import msgspec

from harness.errors import ConfigError
from harness.model import Preset, Workload
from harness.planning import builtin_workloads
from harness.planning.bench_options import BenchOptions, read_options
from harness.planning.user_files import OwnFile, find_files, is_own

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PRESETS", "Config", "resolve"]

FILE_NAME = "gilscope.toml"
MAX_BLOCKS_FACTOR = 5
"""With a stopping rule an experiment may have so many times its preset's blocks."""
PRESETS = {
    "fast": Preset(name="fast", blocks=3, values=20, min_value_s=0.02, units_share=0.25),
    "default": Preset(name="default", blocks=6, values=25, min_value_s=0.02),
    "rigorous": Preset(name="rigorous", blocks=20, values=40, min_value_s=0.02),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """A complete and valid request; options that are ``None`` have the default of the plan."""

    options: BenchOptions
    """Those of the command line and of the file."""
    workloads: tuple[Workload, ...]
    """Built-in ones, until those of ``files`` are known."""
    preset: Preset
    seed: int
    folder: Path | None = None
    """Where workloads write files; ``None`` for the temporary folder."""
    files: tuple[OwnFile, ...] = ()
    """Files with workloads of the user's own."""


def resolve(options: BenchOptions, folder: Path, *, is_alone: bool = False) -> Config:
    """Return the config from ``options`` and, unless they stand alone, ``folder/gilscope.toml``.

    Raises ConfigError.
    """
    if not is_alone:
        stored = _read_file(folder / FILE_NAME)
        if options.fast is not None or options.rigorous is not None:
            stored = msgspec.structs.replace(stored, fast=None, rigorous=None)
        options = options.over(stored)
    named = options.workload or ()
    built_in = tuple(pattern for pattern in named if not is_own(pattern))
    return Config(
        options=options,
        workloads=builtin_workloads.select(built_in) if built_in or not named else (),
        files=find_files((pattern for pattern in named if is_own(pattern)), folder),
        preset=_preset(options),
        seed=secrets.randbelow(2**32) if options.seed is None else options.seed,
        folder=None if options.folder is None else _folder(folder, options.folder),
    )


def _read_file(path: Path) -> BenchOptions:
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return BenchOptions()
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} cannot be read: {error}") from error
    return read_options(written, source=path.name)


def _preset(options: BenchOptions) -> Preset:
    if options.fast and options.rigorous:
        raise ConfigError("--fast and --rigorous exclude each other: give one of them")
    preset = PRESETS["fast" if options.fast else "rigorous" if options.rigorous else "default"]
    has_rule = options.time_budget_s is not None or options.precision is not None
    blocks = preset.blocks * (MAX_BLOCKS_FACTOR if has_rule else 1)
    return msgspec.structs.replace(
        preset,
        blocks=blocks if options.blocks is None else options.blocks,
        timeout_s=preset.timeout_s if options.timeout_s is None else float(options.timeout_s),
    )


def _folder(base: Path, written: str) -> Path:
    named = base / written
    path = named.resolve() if "\0" not in str(named) else named
    if not path.is_dir():
        raise ConfigError(f"--folder {written}: there is no such folder; make it or name another")
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigError(f"--folder {written} is not writable; name another")
    return path
