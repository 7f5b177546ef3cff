"""What ``bench`` does before its report, step by step: provision → plan → measure."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness import interpreters
from harness.commands.resumable import is_finished, to_resume
from harness.errors import ConfigError, StoppedError, StoreError, UnsavedError, of_the_system
from harness.invocation import to_type
from harness.machine import audit, load_note
from harness.planning.plan import expected_s
from harness.planning.user_files import OwnFile, find_files, is_own
from harness.report.words.skipped import skipped_rows
from harness.running.alone import clear_earlier, measuring
from harness.running.experiment import make_manifest, measure, resume
from harness.running.live_page import LivePage
from harness.running.prepare import every, prepare
from harness.running.progress import screen
from harness.storage import experiment_folder
from harness.storage.aa_record import newest_noise
from harness.user_workloads.locations import remember
from harness.wording import by_reason, count, duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.errors import HarnessError
    from harness.model import Plan
    from harness.planning.bench_options import BenchOptions
    from harness.running.live_page import Pages
    from harness.running.prepare import Choose, Prepared
    from harness.running.progress import Screen

__all__ = [
    "Finished",
    "headline",
    "new_experiment",
    "refuse_with_resume",
    "resume_experiment",
]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finished:
    """An experiment after a run."""

    folder: Path
    is_complete: bool
    """``False`` when the user stopped it."""
    is_opened: bool = False
    """Whether its page was opened while it ran."""
    bug: Exception | None = None
    """An error of that page, to be raised once all is reported."""
    failure: HarnessError | None = None
    """What ended measuring early, to be raised then too; what was measured before is there."""


def new_experiment(
    options: BenchOptions,
    results: Path,
    pages: Pages,
    *,
    choose: Choose = every,
    is_aa: bool = False,
) -> Finished:
    """Provision, plan and measure a new experiment in ``results``.

    ``is_aa``: all variants that ``choose`` returns are one interpreter.
    """
    # Before minutes are spent on interpreters.
    experiment_folder.prepare(results, reports=pages.reports)
    with screen() as shown:
        clear_earlier(shown.say)
        ready = prepare(options, notify=shown.getting, choose=choose)
        return _measure(ready, results=results, pages=pages, shown=shown, is_aa=is_aa)


def _measure(
    ready: Prepared, *, results: Path, pages: Pages, shown: Screen, is_aa: bool
) -> Finished:
    missing = [(row.label, row.reason) for row in ready.unavailable]
    for subject, reason in by_reason(missing, verb="is"):
        shown.say(f"{subject} not available: {reason}")
    for what, why in skipped_rows(ready.plan):
        shown.say(f"{what}: {why}")
    notes = [
        f"{variant.label} was built without {', '.join(variant.build.missing_modules)}"
        for variant in ready.plan.variants
        if variant.build.missing_modules
    ]
    load = filter(None, [load_note(ready.machine)])
    for note in (*ready.machine.notes, *load, *notes):
        shown.say(f"note: {note}")
    manifest = make_manifest(
        ready.plan,
        machine=ready.machine,
        unavailable=ready.unavailable,
        label=ready.label,
        installed=ready.own.versions,
    )
    noise = None if is_aa else newest_noise(results, ready.machine)
    manifest = msgspec.structs.replace(manifest, noise=noise, is_aa=is_aa)
    remember(manifest.id, ready.files)
    _lock_builds(ready.plan)
    labels = [variant.label for variant in ready.plan.variants]
    shown.say(f"{headline(ready.plan, labels)}, into {results / manifest.id}")
    with (
        measuring(interpreters.cache_root(), manifest.id, say=shown.say),
        LivePage(manifest, pages, say=shown.say) as page,
    ):
        return _finished(
            results / manifest.id,
            page,
            lambda: measure(
                manifest,
                results=results,
                screen=shown,
                own=ready.own.code,
                after_block=page.after_block,
            ),
        )


def _finished(folder: Path, page: LivePage, run: Callable[[], bool]) -> Finished:
    """Run an experiment; what disk, machine or signal ends is reported like a stop by the user.

    Raises such an error at once where nothing was measured before it.
    """
    is_complete, failure = False, None
    try:
        is_complete = run()
    except (StoreError, StoppedError, OSError) as error:
        failure = _failure(error, folder)
        if failure is None or not experiment_folder.has_outcomes(folder):
            raise
    return Finished(
        folder=folder,
        is_complete=is_complete,
        is_opened=page.is_opened,
        bug=page.bug,
        failure=failure,
    )


def _failure(error: StoreError | StoppedError | OSError, folder: Path) -> HarnessError | None:
    """Return why measuring ended and how it continues, ``None`` for an error of ours."""
    if isinstance(error, (StoreError, StoppedError)):
        return error
    known = of_the_system(error)
    resume = to_type("bench", "--resume", folder.name)
    return known and UnsavedError(f"measuring ended early: {known}. Continue with {resume}")


def _lock_builds(plan: Plan) -> None:
    """Lock the cached builds for the duration of the run."""
    builds = [variant.build for variant in plan.variants]
    interpreters.lock_builds(interpreters.cache_root(), builds)


def headline(plan: Plan, labels: Iterable[str]) -> str:
    """Return what is measured under these labels of variants, and for how long."""
    return (
        f"{', '.join(labels)}: {_how_many(plan)} of {count(len(plan.cells), 'cell')}, "
        f"{'at most' if plan.precision else 'about'} {duration(expected_s(plan))}"
    )


def _how_many(plan: Plan) -> str:
    """Return the number of blocks: all that are planned, or until a limit is reached."""
    blocks = count(plan.preset.blocks, "block")
    rules = []
    if plan.time_budget_s is not None:
        rules.append(f"{duration(plan.time_budget_s)} are used up")
    if plan.precision is not None:
        rules.append(f"every headline interval is within ±{plan.precision * 100:g} %")
    return f"blocks until {' or '.join(rules)}, at most {blocks}," if rules else blocks


def refuse_with_resume(options: BenchOptions, *, dry_run: bool) -> tuple[OwnFile, ...]:
    """Raise ConfigError if ``options`` would change the plan that is to be resumed.

    Files of own workloads may be named again: where they are is not in the results.
    """
    named = options.workload or ()
    given = {*options.given(), *(["dry-run"] if dry_run else ())}
    if all(map(is_own, named)):
        given.discard("workload")
    if given:
        raise ConfigError(
            f"--resume continues the plan as it was: leave out --{', --'.join(sorted(given))}"
        )
    return find_files(named, Path.cwd())


def resume_experiment(
    results: Path, query: str, files: tuple[OwnFile, ...] = (), *, pages: Pages
) -> Finished:
    """Continue experiment ``query``; by default the newest that is unfinished.

    ``files`` are those of its own workloads, for those that were moved.
    """
    with screen() as shown:
        clear_earlier(shown.say)
        experiment = to_resume(results, query, pages.reports, say=shown.say)
        folder = experiment.folder
        if is_finished(experiment):
            shown.say(
                f"{folder.name} is finished; its page is missing or out of date, and is made now."
            )
            return Finished(folder=folder, is_complete=True)
        experiment_folder.prepare(results, reports=pages.reports)
        _lock_builds(experiment.manifest.plan)
        shown.say(f"Continuing {folder.name}.")
        with (
            measuring(interpreters.cache_root(), folder.name, say=shown.say),
            LivePage(experiment.manifest, pages, say=shown.say) as page,
        ):
            return _finished(
                folder,
                page,
                lambda: resume(
                    experiment,
                    machine=audit(),
                    screen=shown,
                    given=files,
                    after_block=page.after_block,
                ),
            )
