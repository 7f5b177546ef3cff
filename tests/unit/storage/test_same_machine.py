"""Host names that the user said are one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import StoreError
from harness.storage.same_machine import MACHINES, read_same_machine, state_same_machine

if TYPE_CHECKING:
    from pathlib import Path


def test_names_said_to_be_one_have_one_identity(tmp_path: Path) -> None:
    assert read_same_machine(tmp_path).identity("Box.local") == "box"
    state_same_machine(tmp_path, ("box.local", "guest"))
    state_same_machine(tmp_path, ("third", "guest.vpn"))
    state_same_machine(tmp_path, ("alone", "other"))

    known = read_same_machine(tmp_path)

    assert len({known.identity(name) for name in ("box", "guest", "third")}) == 1
    assert known.identity("other") == known.identity("alone") != known.identity("box")
    assert known.identity("stranger") == "stranger"


def test_made_up_names_are_not_recorded(tmp_path: Path) -> None:
    state_same_machine(tmp_path, ("0123456789ab", "box"))

    assert not (tmp_path / MACHINES).exists()


def test_a_damaged_record_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / MACHINES).write_text("{")

    with pytest.raises(StoreError, match=r"remove it, and say again .* --same-machine"):
        read_same_machine(tmp_path)
