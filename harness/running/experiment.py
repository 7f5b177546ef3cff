"""Measure one experiment: make it or resume it, walk its plan, keep its journal."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import platform
import signal
import types
from typing import TYPE_CHECKING

from harness import interpreters
from harness.errors import InterpreterError, StoppedError, StoreError
from harness.execution.launcher import SubprocessLauncher
from harness.execution.scheduler import walk
from harness.interpreters.probing.probe import KilledError
from harness.model import Machine, Manifest, Outcome, Plan, Unavailable, Variant
from harness.planning import builtin_workloads
from harness.planning.plan import plan_hash
from harness.running.blame import saving
from harness.running.interrupts import graceful_sigint
from harness.running.tracker import Tracker
from harness.storage import experiment_folder
from harness.user_workloads.describe import INSTALLED_UNDER, Gathered, restore, site_of
from harness.user_workloads.locations import recall
from harness.version import __version__
from harness.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from harness.execution.launcher import Launcher
    from harness.execution.worker_command import OwnCode
    from harness.machine import Surroundings
    from harness.planning.user_files import OwnFile
    from harness.running.progress import Screen
    from harness.running.tracker import AfterBlock
    from harness.storage.experiment_folder import Experiment, Writer

__all__ = ["make_manifest", "measure", "resume"]

_TAKING_PART = ("pyperf", "msgspec")


def make_manifest(
    plan: Plan,
    *,
    machine: Machine,
    unavailable: tuple[Unavailable, ...],
    label: str,
    installed: tuple[tuple[str, str], ...] = (),
) -> Manifest:
    """Return the manifest of a new experiment that starts now."""
    now = dt.datetime.now(dt.UTC)
    taking_part = ((name, importlib.metadata.version(name)) for name in _TAKING_PART)
    return Manifest(
        schema_version=experiment_folder.SCHEMA_VERSION,
        id=f"{now:%Y%m%dT%H%M%SZ}-{plan_hash(plan)}",
        created=now.isoformat(timespec="seconds"),
        label=label,
        plan=plan,
        machine=machine,
        unavailable=unavailable,
        versions=(
            ("gilscope", __version__),
            ("controller's python", platform.python_version()),
            *taking_part,
            *installed,
        ),
        workloads_digest=builtin_workloads.sources_digest(),
    )


def measure(  # noqa: PLR0913 - each by name
    manifest: Manifest,
    *,
    results: Path,
    screen: Screen,
    launcher: Launcher | None = None,
    around: Surroundings | None = None,
    own: Mapping[str, OwnCode] = types.MappingProxyType({}),
    after_block: AfterBlock | None = None,
) -> bool:
    """Make the experiment's folder and run its plan; return whether it was finished.

    ``after_block`` is called after each block, when no worker runs.
    """
    tracker = Tracker(manifest, screen=screen, after_block=after_block)
    with experiment_folder.create(results, manifest, say=screen.say) as writer:
        return _walk(
            manifest,
            writer=writer,
            tracker=tracker,
            screen=screen,
            launcher=launcher or SubprocessLauncher(),
            around=around,
            own=own,
        )


def resume(  # noqa: PLR0913 - as for measure
    experiment: Experiment,
    *,
    machine: Machine,
    screen: Screen,
    launcher: Launcher | None = None,
    around: Surroundings | None = None,
    given: tuple[OwnFile, ...] = (),
    after_block: AfterBlock | None = None,
) -> bool:
    """Run the jobs that are missing in the journal; return whether the plan was finished.

    ``given`` are files of own workloads that the user names again. Raises StoreError naming
    the changes when it would not measure the same thing.
    """
    gathered = _unchanged(experiment.manifest, machine, given=given, screen=screen)
    with experiment_folder.append_to(experiment, say=screen.say) as (writer, current):
        for line in _dropped(experiment, current):
            screen.say(line)
        tracker = Tracker(current.manifest, screen=screen, after_block=after_block)
        tracker.restore(current.outcomes, current.runs)
        return _walk(
            current.manifest,
            writer=writer,
            done=current.outcomes,
            tracker=tracker,
            screen=screen,
            launcher=launcher or SubprocessLauncher(),
            around=around,
            own=gathered.code,
        )


def _unchanged(
    manifest: Manifest, machine: Machine, *, given: tuple[OwnFile, ...], screen: Screen
) -> Gathered:
    """Return the code of the user's own workloads; raise StoreError if anything has changed."""
    files = recall(manifest.id, manifest.plan, given)
    changed = _changes(manifest, machine)
    gathered = Gathered()
    if not changed:
        gathered = restore(files, manifest.plan, notify=screen.getting)
        changed = _other_packages(manifest, gathered)
    if changed:
        raise StoreError(
            f"{manifest.id} cannot be resumed, its measurements would not compare: "
            f"{'; '.join(changed)}. Start a new experiment"
        )
    return gathered


def _dropped(read: Experiment, current: Experiment) -> Iterator[str]:
    """Say what was in the journal and is not any more."""
    if current.torn_bytes:
        yield "The journal's last line was torn; its job is measured again."
    if current.repeated:
        lines = count(len(current.repeated), "line")
        yield f"The journal had {lines} of jobs that earlier lines have; only the first is kept."
    if len(current.outcomes) < len(read.outcomes):
        yield "The journal lacks lines of a group of cells; all of its cells are measured again."


def _walk(  # noqa: PLR0913 - as for measure
    manifest: Manifest,
    *,
    writer: Writer,
    done: tuple[Outcome, ...] = (),
    tracker: Tracker,
    screen: Screen,
    launcher: Launcher,
    around: Surroundings | None,
    own: Mapping[str, OwnCode],
) -> bool:
    def end() -> None:
        launcher.end()
        tracker.end()

    with graceful_sigint(screen.say, end=end, end_workers=launcher.end) as interrupt:
        try:
            is_finished = walk(
                manifest.plan,
                machine=manifest.machine,
                site=site_of(own),
                launcher=launcher,
                done=done,
                save=saving(writer.append, manifest.plan, say=screen.say),
                tell=tracker.on_step,
                is_stopped=interrupt.is_asked,
                is_enough=tracker.is_enough,
                known_within=tracker.known_within,
                around=around,
            )
        except KeyboardInterrupt:
            if interrupt.deadly is None:
                raise
            is_finished = False
    if interrupt.deadly is not None:
        name = signal.Signals(interrupt.deadly).name
        words = f"stopped by {name}: everything measured so far is kept"
        raise StoppedError(words, exit_code=128 + interrupt.deadly)
    return is_finished


def _changes(manifest: Manifest, machine: Machine) -> list[str]:
    then, versions = manifest.machine, dict(manifest.versions)
    facts = (
        ("the CPU model", then.cpu_model, machine.cpu_model),
        ("the usable CPUs", _cpu_ids(then), _cpu_ids(machine)),
        ("the CPU quota", str(then.quota), str(machine.quota)),
        ("the kernel", then.kernel, machine.kernel),
        ("the workloads' code", manifest.workloads_digest, builtin_workloads.sources_digest()),
        ("pyperf", versions.get("pyperf", "none"), importlib.metadata.version("pyperf")),
    )
    changed = [f"{name} was {old}, is {new}" for name, old, new in facts if old != new]
    if changed:
        return changed  # no interpreter that the folder names is started then
    return [reason for variant in manifest.plan.variants if (reason := _change_of(variant))]


def _other_packages(manifest: Manifest, gathered: Gathered) -> list[str]:
    was = {name: version for name, version in manifest.versions if INSTALLED_UNDER in name}
    now = dict(gathered.versions)
    return [
        f"{name} was {was.get(name, 'missing')}, is {now.get(name, 'missing')}"
        for name in sorted({*was, *now})
        if was.get(name) != now.get(name)
    ]


def _cpu_ids(machine: Machine) -> str:
    return ",".join(str(cpu.id) for cpu in machine.cpus)


def _change_of(variant: Variant) -> str:
    try:
        now = interpreters.probe(variant.build.path, provenance=variant.build.provenance)
    except KilledError:
        raise  # it is there: nothing speaks against trying again
    except InterpreterError as error:
        return f"{variant.label} is gone ({error})"
    if now.digest != variant.build.digest:
        return f"{variant.label} is another build now ({now.version} at {now.path})"
    return ""
