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
    """Return it as CSV (RFC 4180) in UTF-8: full digits, nothing for what is missing.

    No text in it is taken for a formula by a spreadsheet.
    """
    safe = frame.copy()
    for name in safe.columns[safe.dtypes == "string"]:
        safe[name] = safe[name].map(literal, na_action="ignore")
    return safe.to_csv(index=False, lineterminator="\r\n").encode()


def has_parquet() -> bool:
    """Return whether the library is here that writes Parquet."""
    return importlib.util.find_spec("pyarrow") is not None


def how_to_get_parquet() -> str:
    """Return the words that tell how pyarrow is installed."""
    return "install gilscope[export]" if is_installed() else "nox -s export installs it"


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """Return it as Parquet; raises ConfigError where pyarrow is not installed."""
    if not has_parquet():
        raise ConfigError(
            f"--parquet needs the package pyarrow: {how_to_get_parquet()}, or leave it out"
        )
    out = io.BytesIO()
    frame.to_parquet(out, engine="pyarrow", index=False, compression="zstd")
    return out.getvalue()
