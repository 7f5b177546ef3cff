"""Settings of a worker: one field each, from the option to the worker and to the report."""

from __future__ import annotations

import dataclasses
from typing import Annotated, get_args

import msgspec
from msgspec import Meta

from harness.model.values import Value

__all__ = ["Setting", "WorkerSettings", "settings_of"]


class WorkerSettings(Value, frozen=True, kw_only=True):
    """The settings of every worker of a plan; ``None`` leaves one to the interpreter.

    Reports, comparisons and exports show the title and the unit of each field.
    """

    switch_interval_s: (
        Annotated[float, Meta(gt=0, le=1e9, title="switch interval", extra={"unit": "s"})] | None
    ) = None
    """After how long a waiting thread asks for the GIL."""


_FIELDS = msgspec.structs.fields(WorkerSettings)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting with its value, to be shown or compared."""

    name: str
    """Of the field, and of the entry that the worker reads."""
    title: str
    unit: str
    value: float | str | None

    def __str__(self) -> str:
        """Return the value with its unit."""
        if self.value is None:
            return "the interpreter's own"
        if isinstance(self.value, bool):
            return "on" if self.value else "off"
        if isinstance(self.value, str):
            return self.value
        return f"{self.value:g} {self.unit}".rstrip()


def settings_of(worker: WorkerSettings) -> tuple[Setting, ...]:
    """Return every setting, in the order of the fields."""
    settings = []
    for field in _FIELDS:
        (meta,) = get_args(get_args(field.type)[0])[1:]
        unit, value = (meta.extra or {}).get("unit", ""), getattr(worker, field.name)
        settings.append(Setting(name=field.name, title=meta.title, unit=unit, value=value))
    return tuple(settings)
