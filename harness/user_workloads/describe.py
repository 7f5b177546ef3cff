"""Let each interpreter describe the user's own workloads: only workers import user code."""

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
    from harness.interpreters import Notify
    from harness.model import Plan, Variant
    from harness.planning.user_files import OwnFile

_MAX_LENGTH = 2000

__all__ = ["INSTALLED_UNDER", "Asking", "Gathered", "gather", "restore", "site_of"]

INSTALLED_UNDER = " under "
"""Separates a package from a variant in the names of ``Manifest.versions``."""


class Fault(enum.Enum):
    """Why a file cannot be used under an interpreter, and the error if no interpreter is left."""

    DEFINITION = ConfigError
    LOADING = WorkerError
    INSTALLING = InterpreterError
    VERSION = NothingToDoError


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gathered:
    """The user's own workloads, and the variants that cannot run them."""

    workloads: tuple[Workload, ...] = ()
    obstacles: Mapping[tuple[str, str], str] = dataclasses.field(default_factory=dict)
    """Variant label and workload name → why that variant cannot run the workload."""
    code: Mapping[str, OwnCode] = dataclasses.field(default_factory=dict)
    """Workload name → its file, and its packages under each variant."""
    versions: tuple[tuple[str, str], ...] = ()
    """Installed packages: ``numpy under 3.14t`` and its version."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asking:
    """How to run the interpreters that describe the workloads."""

    notify: Notify
    may_install: bool = True
    timeout_s: float = 60.0
    launcher: Launcher = dataclasses.field(default_factory=SubprocessLauncher)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Refusal:
    fault: Fault
    reason: str


class _Description(msgspec.Struct, frozen=True, kw_only=True):
    """The output of ``workloads.describe``."""

    workloads: tuple[Workload, ...] = ()
    error: str = ""
    is_definition: bool = False


def site_of(own: Mapping[str, OwnCode]) -> Site:
    """Return where workers find our code and the user's code."""
    cache = interpreters.cache_root()
    return Site(python_path=worker_path(cache), bytecode=cache / "bytecode", own=own)


def gather(files: Iterable[OwnFile], variants: tuple[Variant, ...], asking: Asking) -> Gathered:
    """Return the workloads of ``files``, and which variants cannot run them.

    Raises an error if a file cannot be used under any variant: ConfigError for an invalid
    definition, InterpreterError if its packages cannot be installed, NothingToDoError if it
    requires other Pythons, WorkerError if loading it fails.
    """
    result = Gathered()
    taken = {workload.name: "a built-in workload" for workload in builtin_workloads.available()}
    for file in files:
        gathered = _gather_file(file, variants, asking)
        for workload in gathered.workloads:
            if workload.name in taken:
                raise ConfigError(
                    f"{file.name}: {workload.name!r} is also the name of {taken[workload.name]}: "
                    "give it another name with @workload(name=...)"
                )
            taken[workload.name] = f"a workload of {file.name}"
        result = Gathered(
            workloads=result.workloads + gathered.workloads,
            obstacles={**result.obstacles, **gathered.obstacles},
            code={**result.code, **gathered.code},
            versions=result.versions + gathered.versions,
        )
    return dataclasses.replace(result, versions=tuple(dict.fromkeys(result.versions)))


def _gather_file(file: OwnFile, variants: tuple[Variant, ...], asking: Asking) -> Gathered:
    packages: dict[str, Path] = {}
    refusals: dict[str, _Refusal] = {}
    described: dict[str, tuple[Workload, ...]] = {}
    for variant in variants:
        asking.notify(Progress(subject=variant.label, phase=f"reading {file.name}"))
        answer = _packages(file, variant, packages, asking) or _describe(
            file, variant, packages, asking
        )
        if isinstance(answer, _Refusal):
            refusals[variant.label] = answer
        else:
            described[variant.label] = answer
    if not described:
        raise _no_usable_interpreter(file, refusals)
    defined = {workload.name: workload for each in described.values() for workload in each}
    workloads = tuple(workload for workload in defined.values() if file.wants(workload.name))
    if not workloads:
        pattern = file.patterns[0]
        raise ConfigError(f"{file.name} has no workload {pattern!r}; {nearest(pattern, defined)}")
    undefined = _Refusal(
        fault=Fault.DEFINITION, reason=f"{file.name} does not define it under this interpreter"
    )
    obstacles = {
        (variant.label, workload.name): refusals.get(variant.label, undefined).reason
        for variant in variants
        for workload in workloads
        if workload.name not in {each.name for each in described.get(variant.label, ())}
    }
    names = (workload.name for workload in workloads)
    code = OwnCode(path=file.path, module=file.module, packages=packages)
    return Gathered(
        workloads=workloads,
        obstacles=obstacles,
        code=dict.fromkeys(names, code),
        versions=_versions(packages),
    )


def _versions(packages: Mapping[str, Path]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{name}{INSTALLED_UNDER}{label}", version)
        for label, folder in packages.items()
        for name, version in installed(folder)
    )


def _no_usable_interpreter(file: OwnFile, refusals: Mapping[str, _Refusal]) -> HarnessError:
    labels: dict[str, list[str]] = {}
    for label, refusal in refusals.items():
        labels.setdefault(refusal.reason, []).append(label)
    faults = {refusal.fault for refusal in refusals.values()}
    order = (Fault.LOADING, Fault.INSTALLING, Fault.DEFINITION, Fault.VERSION)
    kind: type[HarnessError] = next(fault for fault in order if fault in faults).value
    if len(labels) == 1 and faults == {Fault.DEFINITION}:
        return kind(next(iter(labels)))
    reasons = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in labels.items())
    return kind(f"{file.name} cannot be measured under any interpreter ({reasons})")


def _packages(
    file: OwnFile, variant: Variant, packages: dict[str, Path], asking: Asking
) -> _Refusal | None:
    """Install the packages of the file and note the folder; return why it cannot run, if so."""
    refusal = file.needs.refusal(variant.build.python_version)
    if refusal:
        return _Refusal(fault=Fault.VERSION, reason=refusal)
    dependencies = file.needs.dependencies
    if not dependencies:
        return None
    root = interpreters.cache_root()
    folder = environment_folder(root, variant.build, dependencies, file.needs.uv)
    if not asking.may_install and not folder.is_dir():
        reason = f"its packages ({', '.join(dependencies)}) are not installed until the first run"
        return _Refusal(fault=Fault.VERSION, reason=reason)
    try:
        packages[variant.label] = ensure_environment(
            root, variant.build, file.needs, label=variant.label, notify=asking.notify
        )
    except NotInstalledError as error:
        reason = f"{', '.join(dependencies)} cannot be installed: {error}"
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
        msgspec.structs.replace(workload, source=file.name[:200], digest=file.digest)
        for workload in answer.workloads
    )


def _read(file: OwnFile, finished: Finished, timeout_s: float) -> _Description:
    if finished.is_timed_out:
        return _Description(
            error=f"{file.name} was not loaded within {timeout_s:g} s: do not work at import time, "
            "or give a longer --timeout"
        )
    if finished.exit_code != 0 or finished.result is None:
        how = how_it_ended(finished) or "no message: does it call os._exit?"
        return _Description(error=f"the interpreter ended while loading {file.name} ({how})")
    try:
        return msgspec.json.decode(finished.result, type=_Description)
    except msgspec.DecodeError as error:
        return _Description(
            error=f"{file.name}: an argument of @workload is not valid ({error})",
            is_definition=True,
        )


def restore(files: Mapping[str, OwnFile], plan: Plan, *, notify: Notify) -> Gathered:
    """Return the code of a plan that is resumed; ``files`` are by name.

    Raises InterpreterError if missing packages cannot be installed again.
    """
    root = interpreters.cache_root()
    code: dict[str, OwnCode] = {}
    versions: tuple[tuple[str, str], ...] = ()
    for file in files.values():
        names = {workload.name for workload in plan.workloads if workload.source == file.name}
        labels = {cell.variant for cell in plan.cells if cell.benchmark.workload in names}
        packages = {
            label: ensure_environment(
                root, plan.variant(label).build, file.needs, label=label, notify=notify
            )
            for label in (sorted(labels) if file.needs.dependencies else ())
        }
        own = OwnCode(path=file.path, module=file.module, packages=packages)
        code.update(dict.fromkeys(names, own))
        versions += _versions(packages)
    return Gathered(code=code, versions=versions)
