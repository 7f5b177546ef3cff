"""The CPU of each thread, on machines of many shapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.machine import affinity_for, pins_for
from harness.model import Cpu, Machine
from tests.unit.machine.test_machine import machine_of

PLAIN = machine_of(tuple(Cpu(id=cpu, core=cpu, node=0) for cpu in range(4)))
SMT = machine_of(tuple(Cpu(id=cpu, core=cpu % 4, node=0) for cpu in range(8)))
"""Four cores of two CPUs each: 0 and 4 are siblings."""
HYBRID = machine_of(
    (
        *(Cpu(id=cpu, core=cpu // 2, node=0, kind="P") for cpu in range(4)),
        *(Cpu(id=cpu, core=cpu - 2, node=0, kind="E") for cpu in range(4, 8)),
    )
)
"""Two P-cores of two CPUs each, and four E-cores."""
NUMA = machine_of(tuple(Cpu(id=cpu, core=cpu, node=cpu // 4) for cpu in range(8)))
LOPSIDED = machine_of(tuple(Cpu(id=cpu, core=cpu, node=int(cpu > 1)) for cpu in range(8)))
QUOTA = machine_of(tuple(Cpu(id=cpu, core=cpu, node=0) for cpu in range(8)), quota=2.5)


@pytest.mark.parametrize(
    ("machine", "threads", "block", "expected"),
    [
        (PLAIN, 1, 0, (0,)),
        (PLAIN, 4, 0, (0, 1, 2, 3)),
        (PLAIN, 2, 1, (1, 2)),
        (PLAIN, 2, 3, (3, 0)),
        (PLAIN, 4, 6, (2, 3, 0, 1)),
        (SMT, 4, 0, (0, 1, 2, 3)),
        (SMT, 4, 1, (1, 2, 3, 0)),
        (SMT, 6, 0, (0, 1, 2, 3, 4, 5)),
        (SMT, 6, 1, (1, 2, 3, 0, 5, 6)),
        (HYBRID, 2, 0, (0, 2)),
        (HYBRID, 2, 1, (2, 0)),
        (HYBRID, 4, 0, (0, 2, 4, 5)),
        (HYBRID, 6, 1, (2, 0, 5, 6, 7, 4)),
        (HYBRID, 8, 0, (0, 2, 4, 5, 6, 7, 1, 3)),
        (NUMA, 4, 1, (1, 2, 3, 0)),
        (NUMA, 6, 0, (0, 1, 2, 3, 4, 5)),
        (NUMA, 6, 1, (1, 2, 3, 0, 5, 6)),
        (LOPSIDED, 6, 0, (2, 3, 4, 5, 6, 7)),
        (LOPSIDED, 8, 1, (3, 4, 5, 6, 7, 2, 1, 0)),
        (QUOTA, 2, 0, (0, 1)),
        (QUOTA, 2, 7, (7, 0)),
    ],
)
def test_each_thread_has_a_core_first_and_the_list_turns_with_the_blocks(
    machine: Machine, threads: int, block: int, expected: tuple[int, ...]
) -> None:
    assert pins_for(machine, threads, block=block) == expected


@pytest.mark.parametrize(
    ("machine", "threads"), [(PLAIN, 5), (SMT, 9), (HYBRID, 16), (QUOTA, 3), (QUOTA, 8)]
)
def test_more_threads_than_can_run_are_left_to_the_system(machine: Machine, threads: int) -> None:
    assert [pins_for(machine, threads, block=block) for block in range(3)] == [()] * 3


MACHINES = st.builds(
    lambda nodes, cores, siblings, performance: machine_of(
        tuple(
            Cpu(
                id=cpu,
                core=cpu % (nodes * cores),
                node=cpu % (nodes * cores) // cores,
                kind="P" if cpu % cores < performance else "E",
            )
            for cpu in range(nodes * cores * siblings)
        )
    ),
    nodes=st.integers(1, 3),
    cores=st.integers(1, 8),
    siblings=st.integers(1, 2),
    performance=st.integers(0, 8),
)


@given(machine=MACHINES, share=st.floats(0, 1), block=st.integers(0, 500))
def test_pins_are_distinct_usable_and_where_the_process_may_run(
    machine: Machine, share: float, block: int
) -> None:
    threads = max(1, round(share * machine.usable_cpus))
    pins = pins_for(machine, threads, block=block)

    assert len(set(pins)) == len(pins) == threads
    assert set(pins) <= set(affinity_for(machine, threads))


@given(machine=MACHINES)
def test_over_the_blocks_every_core_of_the_first_choice_is_first_as_often(
    machine: Machine,
) -> None:
    choice = affinity_for(machine, 1)
    first = [pins_for(machine, 1, block=block)[0] for block in range(2 * len(choice))]

    assert sorted(first) == sorted(choice * 2)
