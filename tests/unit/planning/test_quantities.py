"""Times and shares as people write them."""

from __future__ import annotations

import pytest

from harness.errors import ConfigError
from harness.planning.bench_options import read_options
from harness.planning.quantities import precision, time_budget_s


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("10m", 600), ("90s", 90), ("1h30m", 5400), ("2 min", 120), ("1h", 3600),
        (" 1h 2m 3s ", 3723),
    ],
)  # fmt: skip
def test_a_time_budget_is_read(written: str, seconds: float) -> None:
    assert time_budget_s("time-budget", written) == seconds


@pytest.mark.parametrize("written", ["", "10", "m", "-5m", "1.5h", "5 parsecs", "10m5", True, "٣m"])
def test_no_time_is_refused_with_an_example(written: object) -> None:
    with pytest.raises(ConfigError, match="10m, 90s or 1h30m"):
        time_budget_s("time-budget", written)


@pytest.mark.parametrize("written", ["9s", "0m", "200h", "99999999999999h"])
def test_a_time_out_of_bounds_is_refused(written: str) -> None:
    with pytest.raises(ConfigError, match="from 10s to 168h"):
        read_options({"time-budget": written})


@pytest.mark.parametrize(
    ("written", "share"), [("2%", 0.02), ("0.02", 0.02), ("2.5 %", 0.025), (0.1, 0.1)]
)
def test_a_precision_is_read(written: object, share: float) -> None:
    assert precision("precision", written) == pytest.approx(share)


@pytest.mark.parametrize("written", ["", "%", "two", "-2%", "nan", "inf", "1e-2", "2%%"])
def test_no_share_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(ConfigError, match=r"such as 2% or 0\.02"):
        precision("precision", written)


@pytest.mark.parametrize("written", ["0%", "0.05%", "51%", "2"])
def test_a_share_out_of_bounds_is_refused(written: str) -> None:
    with pytest.raises(ConfigError, match=r"from 0\.1% to 50%"):
        read_options({"precision": written})
