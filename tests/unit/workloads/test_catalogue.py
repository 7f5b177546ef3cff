"""The workloads of the ladder and of the runtime, run in the controller's own interpreter."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from workloads import collector
from workloads.gang import Sample, ThreadGang, private_part, shared_state
from workloads.gangs import make_gang
from workloads.lookup import find, load_families
from workloads.processes import ProcessGang
from workloads.registry import DefinitionError, Workload, workload
from workloads.remote_control import INTERVAL_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workloads.registry import Part

DOCS = Path(__file__).parents[3] / "docs" / "workloads.md"
OURS = ("shared", "runtime", "native", "collector")
ALL = [one for one in load_families().values() if one.family in OURS]
PAIRS = {one.pair for one in ALL if one.pair}


def sample(subject: Workload, threads: int, loops: int = 1) -> Sample:
    gang = ThreadGang(subject, threads)
    try:
        return gang.run(loops)
    finally:
        gang.close()


@pytest.mark.parametrize(
    "subject",
    # The test of both arms measures what of a pair is covered.
    [pytest.param(one, marks=[pytest.mark.no_cover] if one.pair else []) for one in ALL],
    ids=lambda one: one.name,
)
def test_the_checksum_is_the_same_at_every_thread_count(subject: Workload) -> None:
    assert len({sample(subject, threads).checksum for threads in (1, 2, 4)}) == 1
    assert sample(subject, 2, loops=2).checksum == sample(subject, 1).checksum


@pytest.mark.parametrize("name", ["counter_private", "nbody", "compress", "allocate"])
def test_the_checksum_is_the_same_in_processes(name: str) -> None:
    gang = ProcessGang(find(name), 2)
    try:
        assert gang.run(1).checksum == sample(find(name), 1).checksum
    finally:
        gang.close()


@pytest.mark.parametrize("pair", sorted(PAIRS))
def test_both_arms_run_the_same_function_on_the_same_work(pair: str) -> None:
    private, shared = find(f"{pair}_private"), find(f"{pair}_shared")

    assert private.function is shared.function
    assert (private.size, private.state) == (shared.size, shared.state)
    assert sample(private, 2).checksum == sample(shared, 2).checksum


@pytest.mark.parametrize("pair", sorted(PAIRS))
def test_only_the_shared_arm_shares_its_state(pair: str) -> None:
    private, shared = find(f"{pair}_private"), find(f"{pair}_shared")
    owned = [private_part(private, index, 2, None).state for index in range(2)]
    one = shared_state(shared)

    assert owned[0] is not owned[1]
    assert private_part(shared, 0, 2, one).state is private_part(shared, 1, 2, one).state


def test_lost_updates_are_counted_from_value_to_value() -> None:
    subject = find("counter_shared")
    box, part = shared_state(subject), private_part(subject, 0, 1, None)
    part = private_part(subject, 0, 1, box)
    subject.function(part)
    assert subject.audit is not None
    box.value -= 3  # type: ignore[attr-defined]

    assert subject.audit(box, 1) == {"lost_updates": 3.0}
    subject.function(part)
    assert subject.audit(box, 1) == {"lost_updates": 0.0}


def test_a_lock_loses_no_update_and_a_private_counter_neither() -> None:
    private = find("counter_private")
    part = private_part(private, 0, 1)
    private.function(part)

    assert sample(find("counter_locked_shared"), 4, loops=3).notes == {"lost_updates": [0.0]}
    assert part.state.value == private.size
    assert sample(private, 2).notes == {}


@pytest.mark.parametrize(
    "name", ["list_append_shared", "dict_write_shared", "queue_handoff_shared"]
)
def test_a_shared_container_does_not_grow(name: str) -> None:
    subject = find(name)
    gang = ThreadGang(subject, 2)
    gang.run(3)
    gang.close()
    state: Any = gang._state

    assert (state.qsize() if hasattr(state, "qsize") else len(state)) <= 64


@pytest.fixture
def callbacks() -> Iterator[None]:
    """Leave ``gc.callbacks`` as they were."""
    before = list(gc.callbacks)
    yield
    gc.callbacks[:] = before


@pytest.mark.usefixtures("callbacks")
def test_every_collection_of_a_worker_is_noted_once() -> None:
    pauses = sample(find("allocate"), 2, loops=2).notes["gc_pause_s"]

    assert all(0 <= pause < 60 for pause in pauses)
    assert gc.callbacks.count(collector._on_collection) == 1


@pytest.mark.usefixtures("callbacks")
def test_a_collection_of_another_thread_is_not_noted() -> None:
    gang = ThreadGang(find("allocate"), 1)
    gang.run(1)
    gc.collect()  # here, in the main thread
    gang.close()

    assert not hasattr(collector._mine, "pauses")


def test_the_pauses_of_pypy_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stats:
        count, duration, duration_max = 3, 0.5, 0.3

    collector._on_step(Stats())  # a thread that does no work here has nothing to note
    pauses: list[float] = []
    monkeypatch.setattr(collector._mine, "pauses", pauses, raising=False)
    collector._on_step(Stats())

    assert pauses == [0.3, pytest.approx(0.1), pytest.approx(0.1)]


@pytest.mark.parametrize("subject", ALL, ids=lambda one: one.name)
def test_a_docstring_says_what_is_isolated_what_scales_and_what_is_shared(
    subject: Workload,
) -> None:
    lines = [line.strip() for line in (subject.function.__doc__ or "").splitlines()]

    assert lines[0].endswith(".")
    for section in ("Isolates:", "Scales:", "Shared:"):
        assert any(line.startswith(section) for line in lines), section
    assert ("ladder" if subject.arm else "runtime") in subject.tags
    assert "core" not in subject.tags


def documented(title: str) -> list[str]:
    """Return the names in the first column of a section's table in docs/workloads.md."""
    section = DOCS.read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]


def test_the_docs_name_every_workload_once() -> None:
    every = load_families().values()
    core = [one.name for one in every if "core" in one.tags]
    runtime = [one.name for one in every if "runtime" in one.tags]

    assert documented("core") == core
    assert sorted(documented("runtime")) == sorted(runtime)
    assert sorted(documented("shared/private ladder")) == sorted(PAIRS)
    assert len(core) + len(runtime) + 2 * len(PAIRS) == len(every)


@pytest.mark.parametrize("name", ["allocate", "counter_shared", "remote_control"])
def test_every_note_is_declared_with_its_meaning(name: str) -> None:
    subject = find(name)
    gang = make_gang(subject, "threads", 1)
    try:
        noted = gang.run(1).notes
    finally:
        gang.close()

    assert set(noted) == set(subject.notes)


def test_a_misspelt_note_is_refused() -> None:
    def noting(part: Part) -> int:
        """Note something."""
        return part.index

    with pytest.raises(DefinitionError, match="'noting' notes 'Pause'"):
        workload(notes={"Pause": "too long"})(noting)


def test_the_deadline_of_remote_control_is_the_interval_of_its_commands() -> None:
    assert find("remote_control").deadline_s == INTERVAL_S
