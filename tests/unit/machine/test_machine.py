"""The audit of machines of many shapes, and the thread counts and CPU sets that follow."""

from __future__ import annotations

import json
import os
import platform
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.machine import affinity_for, audit, load_note, thread_sweep
from harness.machine.kernel_files import parse_cpu_list
from harness.machine.load import load_1min, steal_and_total
from harness.machine.processor import model_name, short_name
from harness.model import Cpu, Machine
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DATA = ROOT / "tests" / "data" / "topologies"
NAMES = sorted(path.stem for path in DATA.glob("*.json"))
CPU = "sys/devices/system/cpu"
VM_NOTE = "This is a virtual machine: its host may take CPU time away (steal)"
SMT_NOTE = "SMT is on: threads on one core share its execution units"
HYBRID_NOTE = "Cores differ in speed: beyond the P-cores, threads run at two speeds"
TURBO_NOTE = "Turbo is on: the clock falls as more cores work"


def write(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")


def materialise(root: Path, data: dict[str, Any]) -> None:
    """Write out a topology as the tree that its README describes."""
    files = {
        name: content if isinstance(content, str) else "\n".join(content)
        for name, content in data["files"].items()
    }
    files[f"{CPU}/online"] = data["online"]
    for core in data["cores"]:
        for cpu in parse_cpu_list(core):
            files[f"{CPU}/cpu{cpu}/topology/core_cpus_list"] = core
    for node, cpus in data["nodes"].items():
        files[f"sys/devices/system/node/node{node}/cpulist"] = cpus
    for name, values in data["per_cpu"].items():
        for cpus, value in values.items():
            files |= {f"{CPU}/cpu{cpu}/{name}": value for cpu in parse_cpu_list(cpus)}
    write(root, files)


@pytest.fixture(autouse=True)
def platform_of_the_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))


def audited(
    name: str, root: Path, monkeypatch: pytest.MonkeyPatch, *, affinity: str = ""
) -> Machine:
    data = json.loads((DATA / f"{name}.json").read_text())
    monkeypatch.setattr(platform, "machine", lambda: data["architecture"])
    materialise(root, data)
    return audit(root, affinity=parse_cpu_list(affinity or data["affinity"]))


def machine_of(cpus: tuple[Cpu, ...], *, quota: float | None = None) -> Machine:
    return Machine(
        label="",
        host="",
        system="Linux",
        kernel="",
        libc="",
        architecture="x86_64",
        cpu_model="",
        cpus=cpus,
        quota=quota,
        memory_bytes=0,
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vm_2_cores", "AMD EPYC, 2 cores, Linux x86_64"),
        ("desktop_8_cores_smt", "AMD Ryzen 7 5800X, 8 cores (16 threads), Linux x86_64"),
        (
            "hybrid_6p_8e",
            "12th Gen Intel Core i7-12650HX, 14 cores (6 P + 8 E, 20 threads), Linux x86_64",
        ),
        (
            "numa_2x32_smt",
            "Intel Xeon Platinum 8358, 64 cores (128 threads), Linux x86_64",
        ),
        (
            "arm_big_little_4_4",
            "ARM Cortex-A55 + Cortex-A76, 8 cores (4 P + 4 E), Linux aarch64",
        ),
        (
            "container_quota_1_5",
            "AMD EPYC 7763, 32 cores (64 threads) limited to 1.5 CPUs, Linux x86_64",
        ),
        ("sparse_mask", "Intel Core i7-6700, 1 core (2 threads), Linux x86_64"),
    ],
)
def test_label_names_what_is_usable(
    name: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert expected == audited(name, tmp_path, monkeypatch).label


@pytest.mark.parametrize("name", NAMES)
def test_label_and_notes_never_contain_the_host_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = audited(name, tmp_path, monkeypatch)
    assert machine.host == "secret-host"
    assert "secret-host" not in " ".join((machine.label, *machine.notes))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vm_2_cores", (2, 2, 1)),
        ("desktop_8_cores_smt", (16, 8, 1)),
        ("hybrid_6p_8e", (20, 14, 1)),
        ("numa_2x32_smt", (128, 64, 2)),
        ("arm_big_little_4_4", (8, 8, 1)),
        ("container_quota_1_5", (1, 1, 1)),
        ("sparse_mask", (2, 1, 1)),
    ],
)
def test_usable_cpus_cores_and_nodes_are_counted(
    name: str, expected: tuple[int, int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = audited(name, tmp_path, monkeypatch)
    nodes = {cpu.node for cpu in machine.cpus}
    assert expected == (machine.usable_cpus, machine.physical_cores, len(nodes))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "vm_2_cores",
            (
                "The frequency governor could not be read",
                "The turbo state could not be read",
                VM_NOTE,
            ),
        ),
        (
            "desktop_8_cores_smt",
            ("The frequency governor is powersave, not performance", TURBO_NOTE, SMT_NOTE),
        ),
        ("hybrid_6p_8e", ("Turbo is off", SMT_NOTE, HYBRID_NOTE)),
        (
            "numa_2x32_smt",
            (TURBO_NOTE, SMT_NOTE),
        ),
        (
            "arm_big_little_4_4",
            (
                "The turbo state could not be read",
                "Whether this is a virtual machine could not be read",
                "The frequency governor is performance, schedutil, not performance",
                HYBRID_NOTE,
            ),
        ),
        (
            "container_quota_1_5",
            (
                "The frequency governor could not be read",
                "The turbo state could not be read",
                SMT_NOTE,
                "The control group grants 1.5 CPUs' worth of time on 64 CPUs",
                "The quota is fractional: threads are stopped in the middle of a value",
                VM_NOTE,
            ),
        ),
        ("sparse_mask", ("The turbo state could not be read", SMT_NOTE)),
    ],
)
def test_notes_say_what_is_unknown_and_what_may_disturb(
    name: str, expected: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert expected == audited(name, tmp_path, monkeypatch).notes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vm_2_cores", (1, 2, 4)),
        (
            "desktop_8_cores_smt",
            (1, 2, 4, 8, 16, 32),
        ),
        (
            "hybrid_6p_8e",
            (1, 2, 4, 8, 14, 20, 40),
        ),
        (
            "numa_2x32_smt",
            (1, 2, 4, 8, 16, 32, 64, 128, 256),
        ),
        (
            "arm_big_little_4_4",
            (1, 2, 4, 8, 16),
        ),
        ("container_quota_1_5", (1, 2)),
        ("sparse_mask", (1, 2, 4)),
    ],
)
def test_sweep_has_the_cores_and_ends_oversubscribed(
    name: str, expected: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = audited(name, tmp_path, monkeypatch)
    assert expected == thread_sweep(machine)


@pytest.mark.parametrize(
    ("name", "threads", "expected"),
    [
        ("vm_2_cores", 1, "0-1"),
        ("vm_2_cores", 4, "0-1"),
        ("desktop_8_cores_smt", 1, "0-7"),
        ("desktop_8_cores_smt", 8, "0-7"),
        ("desktop_8_cores_smt", 9, "0-15"),
        ("hybrid_6p_8e", 6, "0,2,4,6,8,10"),
        ("hybrid_6p_8e", 7, "0,2,4,6,8,10,12-19"),
        ("hybrid_6p_8e", 15, "0-19"),
        ("numa_2x32_smt", 32, "0-31"),
        ("numa_2x32_smt", 33, "0-127"),
        ("arm_big_little_4_4", 4, "4-7"),
        ("arm_big_little_4_4", 5, "0-7"),
        ("sparse_mask", 1, "3"),
        ("sparse_mask", 2, "3,7"),
    ],
)
def test_affinity_gives_each_thread_a_core_while_it_can(
    name: str, threads: int, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = audited(name, tmp_path, monkeypatch)
    assert tuple(sorted(parse_cpu_list(expected))) == affinity_for(machine, threads)


def test_one_cpu_is_measured_alone_and_oversubscribed() -> None:
    assert thread_sweep(machine_of((Cpu(id=0, core=0, node=0),))) == (1, 2)


def test_sweep_includes_a_core_count_that_is_no_power_of_two() -> None:
    cpus = tuple(Cpu(id=cpu, core=cpu, node=0) for cpu in range(6))
    assert thread_sweep(machine_of(cpus)) == (1, 2, 4, 6, 12)


def test_sweep_is_cut_by_the_quota() -> None:
    cpus = tuple(Cpu(id=cpu, core=cpu, node=0) for cpu in range(64))
    assert thread_sweep(machine_of(cpus, quota=3.5)) == (1, 2, 3, 6)


def test_affinity_prefers_the_node_with_most_usable_cores() -> None:
    cpus = tuple(Cpu(id=cpu, core=cpu, node=int(cpu > 0)) for cpu in range(4))
    assert affinity_for(machine_of(cpus), 2) == (1, 2, 3)


@given(
    nodes=st.integers(1, 4),
    cores=st.integers(1, 12),
    siblings=st.integers(1, 2),
    quota=st.none() | st.floats(0.1, 200),
)
def test_sweep_is_ascending_and_each_point_has_cpus(
    nodes: int, cores: int, siblings: int, quota: float | None
) -> None:
    count = nodes * cores
    cpus = tuple(
        Cpu(id=cpu, core=cpu % count, node=cpu % count // cores) for cpu in range(count * siblings)
    )
    machine = machine_of(cpus, quota=quota)
    sweep = thread_sweep(machine)
    assert sweep == tuple(sorted(set(sweep)))
    assert (sweep[0], sweep[-1]) == (1, 2 * machine.usable_cpus)
    ids = {cpu.id for cpu in cpus}
    assert all(ids.issuperset(affinity_for(machine, threads)) for threads in sweep)
    assert all(affinity_for(machine, threads) for threads in sweep)


def test_the_same_mask_can_hold_two_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = audited("desktop_8_cores_smt", tmp_path, monkeypatch, affinity="3,7")
    assert machine.cpus == (Cpu(id=3, core=3, node=0), Cpu(id=7, core=7, node=0))


def test_favoured_cores_of_one_kind_are_not_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = audited("desktop_8_cores_smt", tmp_path, monkeypatch)
    assert {cpu.kind for cpu in machine.cpus} == {""}


@pytest.mark.parametrize(
    ("isolated", "is_told"), [("2-3", True), ("1,2", True), ("5", False), ("", False)]
)
def test_isolated_cpus_among_the_usable_ones_are_told(
    isolated: str,
    is_told: bool,  # noqa: FBT001 - what is expected
    tmp_path: Path,
) -> None:
    write(tmp_path, {f"{CPU}/isolated": isolated + "\n"})

    notes = audit(tmp_path, affinity=frozenset({2, 3})).notes

    assert any("CPUs are isolated" in note for note in notes) == is_told


def test_a_mask_of_efficiency_cores_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = audited("arm_big_little_4_4", tmp_path, monkeypatch, affinity="0-3")
    assert [cpu.kind for cpu in machine.cpus] == ["E", "E", "E", "E"]
    assert machine.label == "ARM Cortex-A55 + Cortex-A76, 4 cores, Linux aarch64"


def test_capacity_tells_kinds_apart_where_clocks_are_equal(tmp_path: Path) -> None:
    capacities = (400, 400, 1000, 1024)
    write(tmp_path, {f"{CPU}/cpu{cpu}/cpu_capacity": str(c) for cpu, c in enumerate(capacities)})
    write(tmp_path, {f"{CPU}/cpu{cpu}/cpufreq/cpuinfo_max_freq": "2000000" for cpu in range(4)})
    machine = audit(tmp_path, affinity=frozenset(range(4)))
    assert [cpu.kind for cpu in machine.cpus] == ["E", "E", "P", "P"]


def test_core_numbers_that_repeat_in_each_package_are_different_cores(tmp_path: Path) -> None:
    for cpu, (package, core) in enumerate([("0", "0"), ("1", "0"), ("0", "0"), ("1", "1")]):
        topology = f"{CPU}/cpu{cpu}/topology"
        write(
            tmp_path,
            {f"{topology}/physical_package_id": package, f"{topology}/core_id": core},
        )
    machine = audit(tmp_path, affinity=frozenset(range(4)))
    assert [cpu.core for cpu in machine.cpus] == [0, 1, 0, 3]


def groups_v2(root: Path, *, group: str, mount_root: str) -> None:
    write(
        root,
        {
            "proc/self/cgroup": f"0::{group}",
            "proc/self/mountinfo": (
                f"25 24 0:22 {mount_root} /sys/fs/cgroup rw - cgroup2 cgroup2 rw"
            ),
            "proc/meminfo": "MemFree: 1 kB\nMemTotal: 1000 kB",
        },
    )


def test_the_tightest_limit_of_all_parents_counts(tmp_path: Path) -> None:
    groups_v2(tmp_path, group="/slice/job", mount_root="/")
    write(
        tmp_path,
        {
            "sys/fs/cgroup/slice/job/cpu.max": "max 100000",
            "sys/fs/cgroup/slice/job/memory.max": "max",
            "sys/fs/cgroup/slice/cpu.max": "200000 100000",
            "sys/fs/cgroup/slice/memory.max": "4096",
        },
    )
    machine = audit(tmp_path, affinity=frozenset(range(4)))
    assert (machine.quota, machine.memory_bytes) == (2.0, 4096)
    assert "The quota is fractional" not in " ".join(machine.notes)


@pytest.mark.parametrize(
    ("group", "mount_root"),
    [("/docker/one", "/docker/one"), ("/../other", "/"), ("/elsewhere", "/docker/one")],
)
def test_a_group_outside_the_mount_falls_back_to_the_mount_point(
    group: str, mount_root: str, tmp_path: Path
) -> None:
    groups_v2(tmp_path, group=group, mount_root=mount_root)
    write(tmp_path, {"sys/fs/cgroup/cpu.max": "50000 100000"})
    machine = audit(tmp_path, affinity=frozenset(range(4)))
    assert (machine.quota, machine.usable_cpus) == (0.5, 1)


def test_quota_of_version_1_is_found_at_its_own_mount(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/self/cgroup": "4:cpu,cpuacct:/job",
            "proc/self/mountinfo": (
                "32 31 0:29 / /sys/fs/cgroup/cpu\\040time rw - cgroup cgroup rw,cpu,cpuacct"
            ),
            "sys/fs/cgroup/cpu time/job/cpu.cfs_quota_us": "250000",
            "sys/fs/cgroup/cpu time/job/cpu.cfs_period_us": "100000",
        },
    )
    assert audit(tmp_path, affinity=frozenset(range(4))).quota == 2.5


def test_a_quota_wider_than_the_mask_is_no_limit(tmp_path: Path) -> None:
    groups_v2(tmp_path, group="/", mount_root="/")
    write(tmp_path, {"sys/fs/cgroup/cpu.max": "850000 100000"})
    machine = audit(tmp_path, affinity=frozenset({0}))
    assert (machine.quota, machine.usable_cpus) == (8.5, 1)
    assert "limited" not in machine.label
    assert "quota" not in " ".join(machine.notes)


def test_memory_is_cut_by_a_group_of_version_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = audited("vm_2_cores", tmp_path, monkeypatch)
    assert (machine.quota, machine.memory_bytes) == (None, 8 * 2**30)


def test_a_virtual_machine_is_named_by_its_vendor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert audited("container_quota_1_5", tmp_path, monkeypatch).virtualization == "QEMU"


def test_a_virtual_machine_without_vendor_and_bare_metal_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    virtual = audited("vm_2_cores", tmp_path / "virtual", monkeypatch)
    metal = audited("sparse_mask", tmp_path / "metal", monkeypatch)
    assert (virtual.virtualization, metal.virtualization) == ("hypervisor", "")


def test_a_system_that_tells_nothing_degrades_to_notes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.delattr(os, "getloadavg", raising=False)
    monkeypatch.delattr(os, "sysconf", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    monkeypatch.setattr(platform, "machine", lambda: "AMD64")
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    machine = audit(tmp_path)
    assert machine.label == "AMD64, 4 cores, Windows AMD64"
    assert machine.cpus == tuple(Cpu(id=cpu, core=cpu, node=0) for cpu in range(4))
    assert (machine.quota, machine.memory_bytes, machine.load_1min) == (None, 0, None)
    assert machine.notes == (
        "CPU affinity is not available on Windows",
        "The core topology could not be read: CPUs are counted as cores",
        "The size of the memory could not be read",
        "The version of the C library could not be read",
        "The frequency governor could not be read",
        "The turbo state could not be read",
        "Whether this is a virtual machine could not be read",
        "The load average is not available on Windows",
        "Steal time is not available on Windows",
    )


def test_linux_without_proc_says_that_limits_are_unknown(tmp_path: Path) -> None:
    machine = audit(tmp_path, affinity=frozenset({0}))
    assert "The limits of the control group could not be read" in machine.notes
    assert "CPU affinity is not available on Linux" not in machine.notes


def test_the_affinity_mask_limits_the_audit_of_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0}, raising=False)
    assert [cpu.id for cpu in audit().cpus] == [0]


def test_load_falls_back_to_the_system_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (0.25, 0.0, 0.0), raising=False)
    assert load_1min(tmp_path) == 0.25


def test_steal_is_counted_in_the_total_and_guests_are_not(tmp_path: Path) -> None:
    write(tmp_path, {"proc/stat": "cpu  10 20 30 40 50 60 70 80 1000 1000\ncpu0 1 1"})
    assert steal_and_total(tmp_path) == (80, 360)


@pytest.mark.parametrize("content", ["", "cpu 1 2 3 4", "intr 1 2 3 4 5 6 7 8 9 10"])
def test_steal_is_unknown_where_the_kernel_does_not_count_it(content: str, tmp_path: Path) -> None:
    write(tmp_path, {"proc/stat": content})
    assert steal_and_total(tmp_path) is None


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        ("CPU implementer\t: 0x41\nCPU part\t: 0xd0c", "ARM Neoverse-N1"),
        ("CPU implementer\t: 0x77\nCPU part\t: 0x001", "implementer 0x77 part 0x001"),
        ("Hardware\t: BCM2711", "BCM2711"),
        ("cpu\t\t: POWER9, altivec supported", "POWER9, altivec supported"),
    ],
)
def test_processors_without_a_model_name_are_named_by_what_there_is(
    cpuinfo: str, expected: str, tmp_path: Path
) -> None:
    write(tmp_path, {"proc/cpuinfo": cpuinfo})
    assert model_name(tmp_path) == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("Intel(R) Xeon(R) CPU @ 2.20GHz", "Intel Xeon"),
        ("AMD EPYC 9654 96-Core Processor", "AMD EPYC 9654"),
        ("AMD Ryzen 5 2400G with Radeon Vega Graphics", "AMD Ryzen 5 2400G"),
        ("AMD Ryzen Threadripper 1950X Sixteen-Core Processor", "AMD Ryzen Threadripper 1950X"),
    ],
)
def test_short_name_drops_marks_clock_and_core_count(model: str, expected: str) -> None:
    assert short_name(model) == expected


def test_a_high_load_is_a_hint_before_the_run_and_no_fact_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = audited("numa_2x32_smt", tmp_path, monkeypatch)

    assert load_note(busy).startswith("The load average of the last minute is 70.00 on 128 CPUs: ")
    assert not load_note(msgspec.structs.replace(busy, load_1min=1.0))
    assert not load_note(msgspec.structs.replace(busy, load_1min=None))


def test_one_usable_cpu_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = audited("desktop_8_cores_smt", tmp_path, monkeypatch, affinity="3")

    assert "Only one CPU is usable: threads take turns on it, and no build can gain from them" in (
        alone.notes
    )
