"""The tidy tables as CSV and as Parquet: the same rows, columns and digits."""

from __future__ import annotations

import importlib.util
import io
from typing import TYPE_CHECKING

from harness.errors import ConfigError
from harness.invocation import is_installed
from harness.report.words.csv_text import literal

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_bytes", "has_parquet", "how_to_get_parquet", "parquet_bytes"]


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return ``frame`` as CSV (RFC 4180) in UTF-8, in full precision, missing values empty.

    Texts are escaped so that a spreadsheet takes none for a formula.
    """
    safe = frame.copy()
    for name in safe.columns[safe.dtypes == "string"]:
        safe[name] = safe[name].map(literal, na_action="ignore")
    return safe.to_csv(index=False, lineterminator="\r\n").encode()


def has_parquet() -> bool:
    """Return whether pyarrow is installed, which writes Parquet."""
    return importlib.util.find_spec("pyarrow") is not None


def how_to_get_parquet() -> str:
    """Return how to install pyarrow, in words."""
    return "install gilscope[export]" if is_installed() else "nox -s export installs it"


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """Return ``frame`` as Parquet; raise ConfigError where pyarrow is not installed."""
    if not has_parquet():
        raise ConfigError(
            f"--parquet needs the package pyarrow: {how_to_get_parquet()}, or leave it out"
        )
    out = io.BytesIO()
    frame.to_parquet(out, engine="pyarrow", index=False, compression="zstd")
    return out.getvalue()
