"""Options and ``gilscope.toml`` → one validated ``Config``."""

from __future__ import annotations

import dataclasses
import os
import secrets
import tomllib
from typing import TYPE_CHECKING, Any

from harness.errors import ConfigError, nearest
from harness.interpreters.naming.wanted import Optimised
from harness.model import MAX_BLOCKS, MAX_THREADS, Mode, Preset, Workload
from harness.planning import builtin_workloads, quantities
from harness.planning.user_files import OwnFile, find_files, is_own

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["FILE_NAME", "PRESETS", "Config", "resolve"]

FILE_NAME = "gilscope.toml"
MAX_LABEL_LENGTH = 200
MAX_TIMEOUT_S = 24 * 3600
MAX_BLOCKS_FACTOR = 5
"""With a stopping rule an experiment may go on for so many times its preset's blocks."""
_PRESET_KEYS = frozenset({"fast", "rigorous"})
PRESETS = {
    "fast": Preset(name="fast", blocks=5, values=2),
    "default": Preset(name="default", blocks=10, values=2),
    "rigorous": Preset(name="rigorous", blocks=20, values=5),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """What the user asked for, complete and valid."""

    interpreters: tuple[str, ...]
    """Specs as written; empty for the default matrix."""
    optimised: Optimised
    baseline: str | None
    workloads: tuple[Workload, ...]
    """Built-in ones, until those of ``files`` are known."""
    threads: tuple[int, ...] | None
    """``None`` for the default sweep of this machine."""
    modes: tuple[Mode, ...] | None
    """``None`` for threads and serial everywhere, and processes (the ceiling) on the baseline."""
    preset: Preset
    seed: int
    label: str
    has_memory_pass: bool = False
    switch_interval_s: float | None = None
    folder: Path | None = None
    """Where the files of workloads are to be; ``None`` for the temporary folder."""
    time_budget_s: float | None = None
    """No block is begun that would not end in this time."""
    precision: float | None = None
    """No block is begun once every headline interval is at most this far from its point."""
    files: tuple[OwnFile, ...] = ()
    """Files with workloads of the user's own."""


def resolve(options: Mapping[str, Any], folder: Path, *, is_alone: bool = False) -> Config:
    """Return the config from command-line ``options`` and ``folder/gilscope.toml``.

    The file is left out where the options are to stand ``is_alone``.
    Options that are ``None`` or empty are not given. Raises ConfigError.
    """
    given = {key: value for key, value in options.items() if value not in (None, (), False)}
    stored = {} if is_alone else _read_file(folder / FILE_NAME)
    if not _PRESET_KEYS.isdisjoint(given):
        stored = {key: value for key, value in stored.items() if key not in _PRESET_KEYS}
    merged = {**stored, **given}
    preset = _preset(merged)
    named = _texts("workload", merged.get("workload", ()))
    built_in = tuple(one for one in named if not is_own(one))
    return Config(
        interpreters=_texts("interpreter", merged.get("interpreter", ())),
        optimised=_optimised(merged.get("optimized", "any")),
        baseline=_text("baseline", merged["baseline"]) if "baseline" in merged else None,
        workloads=builtin_workloads.select(built_in) if built_in or not named else (),
        files=find_files((one for one in named if is_own(one)), folder),
        threads=_threads(merged["threads"]) if "threads" in merged else None,
        modes=_modes(merged["mode"]) if "mode" in merged else None,
        preset=preset,
        seed=_integer(
            "seed", merged.get("seed", secrets.randbelow(2**32)), minimum=0, maximum=2**53
        ),
        label=_text("label", merged.get("label", "")),
        has_memory_pass=_flag("memory", merged.get("memory", False)),
        switch_interval_s=(
            quantities.switch_interval_s(merged["switch_interval"])
            if "switch_interval" in merged
            else None
        ),
        time_budget_s=(
            quantities.time_budget_s(merged["time_budget"]) if "time_budget" in merged else None
        ),
        precision=quantities.precision(merged["precision"]) if "precision" in merged else None,
        folder=_folder(folder, merged["folder"]) if "folder" in merged else None,
    )


_KEYS = (
    "interpreter",
    "optimized",
    "baseline",
    "workload",
    "threads",
    "mode",
    "fast",
    "rigorous",
    "blocks",
    "timeout",
    "seed",
    "label",
    "memory",
    "switch-interval",
    "folder",
    "time-budget",
    "precision",
)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} cannot be read: {error}") from error
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}") from error
    for key in found:
        if key not in _KEYS:
            raise ConfigError(f"{path.name}: unknown key {key!r}; {nearest(key, _KEYS)}")
    return {key.replace("-", "_"): value for key, value in found.items()}


def _preset(merged: Mapping[str, Any]) -> Preset:
    for key in _PRESET_KEYS:
        _flag(key, merged.get(key, False))
    if merged.get("fast") and merged.get("rigorous"):
        raise ConfigError("--fast and --rigorous exclude each other: give one of them")
    name = "fast" if merged.get("fast") else "rigorous" if merged.get("rigorous") else "default"
    preset = PRESETS[name]
    has_rule = not {"time_budget", "precision"}.isdisjoint(merged)
    blocks = preset.blocks * (MAX_BLOCKS_FACTOR if has_rule else 1)
    return Preset(
        name=preset.name,
        blocks=_integer("blocks", merged.get("blocks", blocks), maximum=MAX_BLOCKS),
        values=preset.values,
        min_value_s=preset.min_value_s,
        timeout_s=float(_integer("timeout", merged.get("timeout", 60), maximum=MAX_TIMEOUT_S)),
    )


def _flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{key} = {value!r}: write true or false")
    return value


def _folder(base: Path, value: object) -> Path:
    named = base / _text("folder", value)
    path = named.resolve() if "\0" not in str(named) else named
    if not path.is_dir():
        raise ConfigError(f"--folder {value}: there is no such folder; make it, or name another")
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigError(f"--folder {value}: no file can be made there; name another")
    return path


def _texts(key: str, value: object) -> tuple[str, ...]:
    items = (value,) if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise ConfigError(f"{key} = {value!r}: write a text or a list of texts")
    return tuple(items)


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{key} = {value!r}: write a text in quotes")
    if len(value) > MAX_LABEL_LENGTH:
        raise ConfigError(f"--{key} has {len(value)} characters: write at most {MAX_LABEL_LENGTH}")
    return value


def _integer(key: str, value: object, *, minimum: int = 1, maximum: int) -> int:
    try:
        number = int(str(value))  # through text: 1.5 and true are refused, "3" is not
    except ValueError as error:
        raise ConfigError(
            f"--{key} {value}: write a whole number from {minimum} to {maximum}"
        ) from error
    if not minimum <= number <= maximum:
        raise ConfigError(f"--{key} {value}: must be from {minimum} to {maximum}")
    return number


def _items(value: object) -> list[str]:
    items = value if isinstance(value, list | tuple) else str(value).split(",")
    return [str(item).strip() for item in items or ("",)]


def _optimised(value: object) -> Optimised:
    try:
        return Optimised(str(value))
    except ValueError:
        raise ConfigError(f"optimized = {value!r}: write pgo or lto (PGO and LTO)") from None


def _threads(value: object) -> tuple[int, ...]:
    counts = set()
    for item in _items(value):
        if not item.isascii() or not item.isdigit():
            raise ConfigError(
                f"--threads {item!r} is not a whole number: write counts like --threads 1,2,4"
            )
        count = int(item)
        if not 1 <= count <= MAX_THREADS:
            raise ConfigError(
                f"--threads {count} is out of range: write counts from 1 to {MAX_THREADS}"
            )
        counts.add(count)
    return tuple(sorted(counts))


def _modes(value: object) -> tuple[Mode, ...]:
    modes = []
    for item in _items(value):
        try:
            modes.append(Mode(item))
        except ValueError as error:
            raise ConfigError(f"unknown mode {item!r}; {nearest(item, list(Mode))}") from error
    return tuple(dict.fromkeys(modes))
