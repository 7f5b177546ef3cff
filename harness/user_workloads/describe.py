"""Workloads of the user's own: asked of every interpreter, which alone may import them."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

import msgspec

from harness import interpreters
from harness.errors import (
    ConfigError,
    HarnessError,
    InterpreterError,
    NothingToDoError,
    WorkerError,
    nearest,
)
from harness.execution.judge import how_it_ended
from harness.execution.launcher import OUTPUT, Launch, SubprocessLauncher
from harness.execution.worker_command import OwnCode, Site, worker_environment
from harness.execution.worker_site import worker_path
from harness.interpreters.progress import Progress
from harness.model import Workload  # noqa: TC001  # msgspec decodes it
from harness.planning import builtin_workloads
from harness.user_workloads.packages import (
    NotInstalledError,
    ensure_environment,
    environment_folder,
    installed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from harness.execution.launcher import Finished, Launcher
    from harness.interpreters import Tell
    from harness.model import Plan, Variant
    from harness.planning.user_files import OwnFile

_MAX_LENGTH = 2000

__all__ = ["INSTALLED_UNDER", "Asking", "Gathered", "gather", "restore", "site_of"]

INSTALLED_UNDER = " under "
"""Stands between a package and a variant in the names of ``Manifest.versions``."""


class Fault(enum.Enum):
    """Why a file cannot be used under an interpreter, by the error it is when none is left."""

    DEFINITION = ConfigError
    LOADING = WorkerError
    INSTALLING = InterpreterError
    VERSION = NothingToDoError


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gathered:
    """The user's own workloads, and where they cannot run."""

    workloads: tuple[Workload, ...] = ()
    obstacles: Mapping[tuple[str, str], str] = dataclasses.field(default_factory=dict)
    """Label of a variant and name of a workload → why the one cannot run the other."""
    code: Mapping[str, OwnCode] = dataclasses.field(default_factory=dict)
    """Name of a workload → where it stands, and its packages under each variant."""
    versions: tuple[tuple[str, str], ...] = ()
    """What was installed: ``numpy under 3.14t`` and its version."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asking:
    """How interpreters are asked."""

    tell: Tell
    may_install: bool = True
    timeout_s: float = 60.0
    launcher: Launcher = dataclasses.field(default_factory=SubprocessLauncher)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Refusal:
    fault: Fault
    reason: str


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What ``workloads.describe`` says."""

    workloads: tuple[Workload, ...] = ()
    error: str = ""
    is_definition: bool = False


def site_of(own: Mapping[str, OwnCode]) -> Site:
    """Return where workers find our code and the user's."""
    cache = interpreters.cache_root()
    return Site(
        python_path=worker_path(cache),
        bytecode=cache / "bytecode",
        own=own,
    )


def gather(files: Iterable[OwnFile], variants: tuple[Variant, ...], asking: Asking) -> Gathered:
    """Return the workloads of ``files`` and what prevents each under each variant.

    Raises an error when a file is of no use under any variant: ConfigError for what is wrong as
    written, InterpreterError when its packages cannot be had, NothingToDoError when it asks
    for other Pythons, WorkerError when loading it fails.
    """
    every = Gathered()
    taken = {one.name: "a built-in workload" for one in builtin_workloads.available()}
    for file in files:
        found = _gather_one(file, variants, asking)
        for one in found.workloads:
            if one.name in taken:
                raise ConfigError(
                    f"{file.name}: {one.name!r} is the name of {taken[one.name]} too: give it "
                    "another one with @workload(name=...)"
                )
            taken[one.name] = f"a workload of {file.name}"
        every = Gathered(
            workloads=every.workloads + found.workloads,
            obstacles={**every.obstacles, **found.obstacles},
            code={**every.code, **found.code},
            versions=every.versions + found.versions,
        )
    return dataclasses.replace(every, versions=tuple(dict.fromkeys(every.versions)))


def _gather_one(file: OwnFile, variants: tuple[Variant, ...], asking: Asking) -> Gathered:
    packages: dict[str, Path] = {}
    refusals: dict[str, _Refusal] = {}
    described: dict[str, tuple[Workload, ...]] = {}
    for variant in variants:
        asking.tell(Progress(subject=variant.label, phase=f"reading {file.name}"))
        answer = _packages(file, variant, packages, asking) or _describe(
            file, variant, packages, asking
        )
        if isinstance(answer, _Refusal):
            refusals[variant.label] = answer
        else:
            described[variant.label] = answer
    if not described:
        raise _of_no_use(file, refusals)
    every = {one.name: one for each in described.values() for one in each}
    wanted = tuple(one for one in every.values() if file.wants(one.name))
    if not wanted:
        asked = file.patterns[0]
        raise ConfigError(f"{file.name} has no workload {asked!r}; {nearest(asked, every)}")
    obstacles = {
        (variant.label, one.name): refusals[variant.label].reason
        if variant.label in refusals
        else f"{file.name} does not define it under this interpreter"
        for variant in variants
        for one in wanted
        if one.name not in {known.name for known in described.get(variant.label, ())}
    }
    code = OwnCode(path=file.path, module=file.module, packages=packages)
    return Gathered(
        workloads=wanted,
        obstacles=obstacles,
        code=dict.fromkeys((one.name for one in wanted), code),
        versions=_versions(packages),
    )


def _versions(packages: Mapping[str, Path]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{name}{INSTALLED_UNDER}{label}", version)
        for label, folder in packages.items()
        for name, version in installed(folder)
    )


def _of_no_use(file: OwnFile, refusals: Mapping[str, _Refusal]) -> HarnessError:
    labels: dict[str, list[str]] = {}
    for label, refusal in refusals.items():
        labels.setdefault(refusal.reason, []).append(label)
    faults = {refusal.fault for refusal in refusals.values()}
    order = (Fault.LOADING, Fault.INSTALLING, Fault.DEFINITION, Fault.VERSION)
    kind: type[HarnessError] = next(fault for fault in order if fault in faults).value
    if len(labels) == 1 and faults == {Fault.DEFINITION}:
        return kind(next(iter(labels)))
    reasons = "; ".join(f"{', '.join(who)}: {reason}" for reason, who in labels.items())
    return kind(f"{file.name} cannot be measured under any interpreter ({reasons})")


def _packages(
    file: OwnFile, variant: Variant, packages: dict[str, Path], asking: Asking
) -> _Refusal | None:
    """Install what the file needs into ``packages``; return why it cannot run here, if so."""
    refusal = file.needs.refusal(variant.build.python_version)
    if refusal:
        return _Refusal(fault=Fault.VERSION, reason=refusal)
    wanted = file.needs.dependencies
    if not wanted:
        return None
    root = interpreters.cache_root()
    if not asking.may_install and not environment_folder(root, variant.build, wanted).is_dir():
        reason = f"its packages are not installed yet ({', '.join(wanted)}): a run does that first"
        return _Refusal(fault=Fault.VERSION, reason=reason)
    try:
        packages[variant.label] = ensure_environment(
            root, variant.build, wanted, label=variant.label, tell=asking.tell
        )
    except NotInstalledError as error:
        reason = f"{', '.join(wanted)} cannot be installed: {error}"
        return _Refusal(fault=Fault.INSTALLING, reason=reason[:_MAX_LENGTH])
    return None


def _describe(
    file: OwnFile, variant: Variant, packages: Mapping[str, Path], asking: Asking
) -> tuple[Workload, ...] | _Refusal:
    code = OwnCode(path=file.path, module=file.module, packages=packages)
    finished = asking.launcher(
        Launch(
            command=(variant.build.path, "-m", "workloads.describe", str(file.path), OUTPUT),
            environment=worker_environment(variant, site_of({}), code),
            affinity=(),
            timeout_s=asking.timeout_s,
        )
    )
    answer = _read(file, finished, asking.timeout_s)
    if answer.error:
        fault = Fault.DEFINITION if answer.is_definition else Fault.LOADING
        return _Refusal(fault=fault, reason=answer.error[:_MAX_LENGTH])
    return tuple(
        msgspec.structs.replace(one, source=file.name[:200], digest=file.digest)
        for one in answer.workloads
    )


def _read(file: OwnFile, finished: Finished, timeout_s: float) -> _Answer:
    if finished.is_timed_out:
        return _Answer(
            error=f"{file.name} was not loaded within {timeout_s:g} s: it does work while it is "
            "imported, or needs a longer --timeout"
        )
    if finished.exit_code != 0 or finished.result is None:
        how = how_it_ended(finished) or "without a word: does it call os._exit?"
        return _Answer(error=f"the interpreter ended while it loaded {file.name} ({how})")
    try:
        return msgspec.json.decode(finished.result, type=_Answer)
    except msgspec.DecodeError as error:
        return _Answer(
            error=f"{file.name}: a fact of @workload cannot be used ({error})", is_definition=True
        )


def restore(files: Mapping[str, OwnFile], plan: Plan, *, tell: Tell) -> Gathered:
    """Return the code of a plan that goes on; ``files`` are by their names.

    Raises InterpreterError when packages that are gone cannot be installed again.
    """
    code: dict[str, OwnCode] = {}
    versions: tuple[tuple[str, str], ...] = ()
    for file in files.values():
        names = {one.name for one in plan.workloads if one.source == file.name}
        labels = {cell.variant for cell in plan.cells if cell.benchmark.workload in names}
        packages = {
            label: ensure_environment(
                interpreters.cache_root(),
                plan.variant(label).build,
                file.needs.dependencies,
                label=label,
                tell=tell,
            )
            for label in sorted(labels)
            if file.needs.dependencies
        }
        own = OwnCode(path=file.path, module=file.module, packages=packages)
        code.update(dict.fromkeys(names, own))
        versions += _versions(packages)
    return Gathered(code=code, versions=versions)
