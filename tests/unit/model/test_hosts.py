"""Names of machines, and names that are made up at each start."""

from __future__ import annotations

import pytest

from harness.model.hosts import host_identity, is_made_up


@pytest.mark.parametrize(
    "host",
    [
        *("0123456789ab", "123456789012", "0a1b2c3d", "f" * 63 + "0", "e3b0c44298fc1c14"),
        *("fv-az1787-464", "fv-az915-377", "runnervmg1sw1", "Mac-1690884519042.local"),
        *("web-5d4f8c9b7-x2x4z", "job-x2x4z", "runner-x2x4", "runner-abc12-project-9-concurrent-0"),
        *("ip-10-0-0-1", "ip-172-31-9-9.eu-west-1.compute.internal", "dhcp-10-1-2-3.vpn.example"),
        *("10.0.0.1", "gke-pool-1-0a1b2c3d-x2x4", "build-12-project-34-docs", "localhost"),
        "123e4567-e89b-12d3-a456-426614174000",
    ],
)
def test_what_is_made_up_names_no_machine(host: str) -> None:
    assert is_made_up(host)
    assert host_identity(host) == ""


@pytest.mark.parametrize(
    "host",
    [
        *(
            "box",
            "ada-laptop",
            "bench-01",
            "deadbeef",
            "facade",
            "node7",
            "runner-one",
            "my-server",
        ),
        *("Adas-MacBook-Pro.local", "DESKTOP-7VQ2K4X", "vultr", "smithers", "web-prod-small"),
    ],
)
def test_other_names_are_those_of_machines(host: str) -> None:
    assert not is_made_up(host)
    assert host_identity(host)


def test_a_name_stays_the_same_in_another_network() -> None:
    assert host_identity("Box.local") == host_identity("box.vpn.example") == "box"
