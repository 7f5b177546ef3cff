"""What ``bench`` does before its report, step by step: provision → plan → measure."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness import interpreters
from harness.analysis.live.stopping import reason_to_stop
from harness.errors import ConfigError, NothingToDoError
from harness.invocation import to_type
from harness.json_output import document
from harness.machine import audit
from harness.model.build_words import optimisation_words
from harness.planning.plan import expected_s
from harness.planning.user_files import OwnFile, find_files, is_own
from harness.report.words.skipped import skipped_rows
from harness.running.experiment import make_manifest, measure, resume
from harness.running.live_page import LivePage
from harness.running.prepare import prepare
from harness.running.progress import screen
from harness.storage import experiment_folder
from harness.storage.aa_record import newest_noise
from harness.user_workloads.locations import remember
from harness.wording import count, duration

if TYPE_CHECKING:
    from harness.model import Build, Plan
    from harness.planning.bench_options import BenchOptions
    from harness.running.live_page import Pages
    from harness.running.prepare import Choose, Prepared
    from harness.running.progress import Screen

__all__ = [
    "Finished",
    "describe_plan",
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


def new_experiment(
    options: BenchOptions,
    results: Path,
    pages: Pages,
    *,
    choose: Choose = tuple,
    is_aa: bool = False,
) -> Finished:
    """Provision, plan and measure a new experiment in ``results``.

    ``is_aa``: all variants that ``choose`` returns are one interpreter.
    """
    experiment_folder.prepare(results)  # before minutes are spent on interpreters
    with screen() as shown:
        ready = prepare(options, notify=shown.getting, is_allowed_to_get=True, choose=choose)
        return _measure(ready, results=results, pages=pages, shown=shown, is_aa=is_aa)


def _measure(
    ready: Prepared, *, results: Path, pages: Pages, shown: Screen, is_aa: bool
) -> Finished:
    for row in ready.unavailable:
        shown.say(f"{row.label} is not available: {row.reason}")
    for what, why in skipped_rows(ready.plan):
        shown.say(f"{what}: {why}")
    notes = [
        f"{variant.label} was built without {', '.join(variant.build.missing_modules)}"
        for variant in ready.plan.variants
        if variant.build.missing_modules
    ]
    for note in (*ready.machine.notes, *notes):
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
    shown.say(f"{_headline(ready.plan)}, into {results / manifest.id}")
    with LivePage(manifest, pages, say=shown.say) as page:
        is_complete = measure(
            manifest,
            results=results,
            screen=shown,
            own=ready.own.code,
            after_block=page.after_block,
        )
    return _finished(results / manifest.id, page, is_complete=is_complete)


def _finished(folder: Path, page: LivePage, *, is_complete: bool) -> Finished:
    return Finished(folder=folder, is_complete=is_complete, is_opened=page.is_opened, bug=page.bug)


def _lock_builds(plan: Plan) -> None:
    """Lock the cached builds for the duration of the run."""
    builds = [variant.build for variant in plan.variants]
    interpreters.lock_builds(interpreters.cache_root(), builds)


def _headline(plan: Plan) -> str:
    labels = ", ".join(variant.label for variant in plan.variants)
    return (
        f"{labels}: {_how_many(plan)} of {count(len(plan.cells), 'cell')}, "
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
    folder = experiment_folder.find(results, query) if query else _newest_unfinished(results)
    experiment = experiment_folder.load(folder)
    if _is_finished(experiment):
        raise NothingToDoError(
            f"{folder.name} is finished: make its page again with " + to_type("report", folder.name)
        )
    with screen() as shown:
        _lock_builds(experiment.manifest.plan)
        shown.say(f"Continuing {folder.name}.")
        with LivePage(experiment.manifest, pages, say=shown.say) as page:
            is_complete = resume(
                experiment,
                machine=audit(),
                screen=shown,
                given=files,
                after_block=page.after_block,
            )
    return _finished(folder, page, is_complete=is_complete)


def _newest_unfinished(results: Path) -> Path:
    for folder in experiment_folder.newest_first(results):
        if not _is_finished(experiment_folder.load(folder)):
            return folder
    raise NothingToDoError(
        f"no unfinished experiment in {results}: start a new one without --resume"
    )


def _is_finished(experiment: experiment_folder.Experiment) -> bool:
    plan, outcomes = experiment.manifest.plan, experiment.outcomes
    cores = experiment.manifest.machine.physical_cores
    blocks, rest = divmod(sum(outcome.job.is_timed for outcome in outcomes), len(plan.cells))
    is_enough = blocks == plan.preset.blocks or bool(
        blocks and reason_to_stop(plan, outcomes, experiment.runs, before=blocks + 1, cores=cores)
    )
    memory_jobs = sum(outcome.job.is_memory for outcome in outcomes)
    return is_enough and not rest and memory_jobs == plan.memory_blocks * len(plan.cells)


def describe_plan(options: BenchOptions, *, is_json: bool, choose: Choose = tuple) -> str:
    """Return the plan as text or JSON: what would be measured, with what, and for how long."""
    ready = prepare(options, notify=interpreters.ignore, is_allowed_to_get=False, choose=choose)
    plan = ready.plan
    if is_json:
        return document(
            {
                "plan": plan,
                "machine": ready.machine,
                "unavailable": ready.unavailable,
                "expected_s": expected_s(plan),
            }
        )
    lines = [f"machine    {ready.machine.label}"]
    lines += [
        f"variant    {variant.label:<12} {_described(variant.build)}" for variant in plan.variants
    ]
    lines += [f"missing    {row.label:<12} {row.reason}" for row in ready.unavailable]
    lines += [f"skipped    {what}: {why}" for what, why in skipped_rows(plan)]
    lines += [f"workload   {workload.name:<12} {workload.summary}" for workload in plan.workloads]
    lines += [
        f"threads    {', '.join(map(str, plan.threads))}",
        f"seed       {plan.seed}",
        f"plan       {_headline(plan)}",
    ]
    return "\n".join(lines) + "\n"


def _described(build: Build) -> str:
    facts = (
        f"{build.implementation} {build.version}",
        "free-threaded" if build.is_free_threaded else "GIL",
        optimisation_words(build),
        "DEBUG BUILD: not for publishing" if build.is_debug else "",
    )
    return ", ".join(filter(None, facts))
