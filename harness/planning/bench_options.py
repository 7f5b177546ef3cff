"""Options of a measurement, as written on the command line or in ``gilscope.toml`` → typed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Annotated, get_args

import msgspec
from msgspec import Meta

from harness.errors import ConfigError, nearest
from harness.model import MAX_BLOCKS, MAX_THREADS, Mode, Optimised, Pin, WorkerSettings
from harness.model.values import Threads
from harness.planning import quantities

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["BenchOptions", "from_command_line", "read_options"]

MAX_TEXT_LENGTH = 200
MAX_TIMEOUT_S = 24 * 3600


def _one_or_more(_: str, written: object) -> object:
    return (written,) if isinstance(written, str) else written


def _quantity(
    minimum: float, maximum: float, read: Callable[[str, object], object], bounds: str
) -> Meta:
    return Meta(ge=minimum, le=maximum, extra={"read": read, "hint": f"must be from {bounds}"})


def _whole(minimum: int, maximum: int) -> Meta:
    read = functools.partial(quantities.whole_number, minimum=minimum, maximum=maximum)
    return _quantity(minimum, maximum, read, f"{minimum} to {maximum}")


def _read_by(read: Callable[[str, object], object], hint: str) -> Meta:
    return Meta(extra={"read": read, "hint": hint})


_Flag = Annotated[bool, Meta(extra={"hint": "write true or false"})]
_Text = Annotated[str, Meta(max_length=MAX_TEXT_LENGTH, extra={"hint": "write a text in quotes"})]
_Texts = Annotated[tuple[str, ...], _read_by(_one_or_more, "write a text or a list of texts")]
_Optimised = Annotated[Optimised, Meta(extra={"hint": "write pgo or lto (PGO and LTO)"})]
_Pin = Annotated[Pin, Meta(extra={"hint": "must be cores or none"})]
_Counts = Annotated[
    tuple[Threads, ...],
    _read_by(quantities.thread_counts, f"write counts from 1 to {MAX_THREADS}"),
]
_Modes = Annotated[tuple[Mode, ...], _read_by(quantities.modes, "write a list of modes")]
_SwitchInterval = Annotated[float, _quantity(1e-6, 10, quantities.switch_interval_s, "1us to 10s")]
_Budget = Annotated[float, _quantity(10, 7 * 24 * 3600, quantities.time_budget_s, "10s to 168h")]
_Precision = Annotated[float, _quantity(0.001, 0.5, quantities.precision, "0.1% to 50%")]


class BenchOptions(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"
):
    """The options that the user gave; the others are ``None``.

    A field has its name on the command line, or another ``name``. Its type has the bounds, a
    function to ``read`` it and a ``hint`` for the user. Raises ConfigError out of bounds.
    """

    interpreter: _Texts | None = None
    optimized: _Optimised | None = None
    baseline: _Text | None = None
    workload: _Texts | None = None
    threads: _Counts | None = None
    mode: _Modes | None = None
    fast: _Flag | None = None
    rigorous: _Flag | None = None
    blocks: Annotated[int, _whole(1, MAX_BLOCKS)] | None = None
    timeout_s: Annotated[int, _whole(1, MAX_TIMEOUT_S)] | None = msgspec.field(
        default=None, name="timeout"
    )
    seed: Annotated[int, _whole(0, 2**53)] | None = None
    label: _Text | None = None
    memory: _Flag | None = None
    switch_interval_s: _SwitchInterval | None = msgspec.field(default=None, name="switch-interval")
    folder: _Text | None = None
    time_budget_s: _Budget | None = msgspec.field(default=None, name="time-budget")
    precision: _Precision | None = None
    pin: _Pin | None = None

    def __post_init__(self) -> None:
        """Check values that were not read from a text, such as a number given in Python."""
        for name, value in self.given().items():
            _FIELDS[name].checked(value, value)

    @property
    def worker(self) -> WorkerSettings:
        """Return the options that are settings of every worker."""
        return msgspec.convert(self, WorkerSettings, from_attributes=True)

    def given(self) -> dict[str, object]:
        """Return the options that are not ``None``, by name."""
        values = ((name, getattr(self, field.attribute)) for name, field in _FIELDS.items())
        return {name: value for name, value in values if value is not None}

    def over(self, other: BenchOptions) -> BenchOptions:
        """Return these options, and those of ``other`` where these are ``None``."""
        given = {_FIELDS[name].attribute: value for name, value in self.given().items()}
        return msgspec.structs.replace(other, **given)


class _Field:
    """One option: how it is read, and checked."""

    def __init__(self, info: msgspec.structs.FieldInfo) -> None:
        self.name, self.attribute, self._type = info.encode_name, info.name, info.type
        (meta,) = get_args(get_args(info.type)[0])[1:]
        self._read, self._hint = meta.extra.get("read"), meta.extra["hint"]

    def read(self, written: object) -> object:
        """Return the value of a text; raises ConfigError."""
        return self.checked(self._read(self.name, written) if self._read else written, written)

    def checked(self, value: object, written: object) -> object:
        """Return the value; raises ConfigError if it is of another type or out of bounds."""
        try:
            return msgspec.convert(value, self._type)
        except msgspec.ValidationError as error:
            complaint = f"{self.name} = {written!r}: {self._hint}"
            if isinstance(value, str) and len(value) > MAX_TEXT_LENGTH:
                complaint = f"--{self.name} has {len(value)} characters, at most {MAX_TEXT_LENGTH}"
            elif self._hint.startswith("must"):
                complaint = f"--{self.name} {quantities.plain(written)}: {self._hint}"
            raise ConfigError(complaint) from error


_FIELDS = {info.encode_name: _Field(info) for info in msgspec.structs.fields(BenchOptions)}


def read_options(written: Mapping[str, object], *, source: str = "") -> BenchOptions:
    """Return the options from their texts by name; raises ConfigError."""
    for name in written:
        if name not in _FIELDS:
            where = f"{source}: " if source else ""
            raise ConfigError(f"{where}unknown key {name!r}; {nearest(name, _FIELDS)}")
    values = {_FIELDS[name].attribute: _FIELDS[name].read(value) for name, value in written.items()}
    return msgspec.structs.replace(BenchOptions(), **values)


def from_command_line(values: Mapping[str, object]) -> tuple[BenchOptions, dict[str, object]]:
    """Return the options among click's values, and the values of all others."""
    names = {name.replace("-", "_"): name for name in _FIELDS}
    # For click an option that is not given is None, an empty tuple or a flag that is off.
    given = {
        names[key]: value
        for key, value in values.items()
        if key in names and not (value is None or value is False or value == ())
    }
    return read_options(given), {key: values[key] for key in values if key not in names}
