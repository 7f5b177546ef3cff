"""Every slice of the page by itself, compared with its file in ``__snapshots__``."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

import pytest

from harness.report import sections
from tests.unit.report import crowd, factory
from tests.unit.report.snapshots import outline

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from harness.report.redaction import Redacted

SLICES = tuple(found.name for found in pkgutil.iter_modules(sections.__path__) if found.ispkg)
CASES = (
    *(("usual", name) for name in SLICES),
    *(("measured", name) for name in ("gil_cost", "latency", "measures")),
    ("crowd", "shared_state"),
    ("warmed", "warmup"),
)


def analysis(kind: str) -> Redacted:
    """Return the experiment of that kind; the usual one has nothing for some slices."""
    if kind == "measured":
        return factory.measured()
    if kind == "crowd":
        return crowd.crowd(variants=2, workloads=4)
    return factory.analysis(warmup=factory.warmups() if kind == "warmed" else ())


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_slice(kind: str, name: str, snapshot: SnapshotAssertion) -> None:
    module = importlib.import_module(f"{sections.__name__}.{name}")
    slices = getattr(module, "SLICES", None) or (module.SLICE,)

    made = tuple(one.section(analysis(kind)) for one in slices)

    assert outline(made) == snapshot
