"""Members of a gang are pinned as the controller asks, or say why not."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from workloads import pinning

if not hasattr(os, "sched_setaffinity"):
    pytest.skip("no process can be pinned here", allow_module_level=True)

CPUS = sorted(os.sched_getaffinity(0))


@pytest.fixture(autouse=True)
def no_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pinning, "_refusals", [])
    monkeypatch.delenv("GILSCOPE_PIN", raising=False)


def pinned(index: int) -> set[int]:
    """Return the CPUs of a thread that was pinned as this member."""
    cpus: set[int] = set()

    def member() -> None:
        pinning.pin_member(index)
        cpus.update(os.sched_getaffinity(0))

    thread = threading.Thread(target=member)
    thread.start()
    thread.join()
    return cpus


def test_unasked_nothing_is_pinned() -> None:
    assert pinned(0) == set(CPUS)
    assert pinning.refusal() == ""


@pytest.mark.parametrize("index", [0, 1])
def test_each_member_is_pinned_to_its_own_cpu_and_no_other_thread_is(
    monkeypatch: pytest.MonkeyPatch, index: int
) -> None:
    cpus = [CPUS[-1], CPUS[0]]
    monkeypatch.setenv("GILSCOPE_PIN", ",".join(map(str, cpus)))

    assert pinned(index) == {cpus[index]}
    assert os.sched_getaffinity(0) == set(CPUS)
    assert pinning.refusal() == ""


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("4000", "Invalid argument"),
        ("x", "invalid literal for int() with base 10: 'x'"),
        ("-1", "negative CPU number"),
    ],
)
def test_a_refusal_is_kept_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, asked: str, reason: str
) -> None:
    monkeypatch.setenv("GILSCOPE_PIN", asked)

    assert pinned(0) == set(CPUS)
    assert pinning.refusal() == reason


def test_a_member_without_a_cpu_of_its_own_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILSCOPE_PIN", str(CPUS[0]))

    assert pinned(1) == set(CPUS)
    assert pinning.refusal() == "list index out of range"


def test_where_python_cannot_pin_the_c_library_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILSCOPE_PIN", ",".join(map(str, CPUS)))
    monkeypatch.delattr(os, "sched_setaffinity")

    assert [pinned(index) for index in range(len(CPUS))] == [{cpu} for cpu in CPUS]
    assert pinning.refusal() == ""


@pytest.mark.parametrize("asked", ["4000", "-1"])
def test_the_c_library_refuses_as_python_does(monkeypatch: pytest.MonkeyPatch, asked: str) -> None:
    monkeypatch.setenv("GILSCOPE_PIN", asked)
    monkeypatch.delattr(os, "sched_setaffinity")

    assert pinned(0) == set(CPUS)
    assert pinning.refusal()


def test_without_ctypes_nothing_is_pinned_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILSCOPE_PIN", "0")
    monkeypatch.delattr(os, "sched_setaffinity")
    monkeypatch.setitem(sys.modules, "ctypes", None)

    assert pinned(0) == set(CPUS)
    assert "ctypes" in pinning.refusal()


def test_a_system_that_cannot_pin_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILSCOPE_PIN", "0")
    monkeypatch.delattr(os, "sched_setaffinity")
    monkeypatch.setattr(sys, "platform", "darwin")

    pinning.pin_member(0)

    assert pinning.refusal() == "this system cannot pin threads"


def test_the_first_refusal_is_told() -> None:
    pinning.note_refusal("first")
    pinning.note_refusal("second")

    assert pinning.refusal() == "first"
