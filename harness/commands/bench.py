"""What the commands do, step by step: provision → plan → measure → analyse → report."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness import interpreters
from harness.analysis.live.stopping import reason_to_stop
from harness.errors import ConfigError, NothingToDoError, WorkerError
from harness.interpreters.words import optimisation_words
from harness.invocation import to_type
from harness.json_output import document
from harness.machine import audit
from harness.model import Build, Plan, Status
from harness.planning.plan import expected_s
from harness.planning.user_files import OwnFile, find_files, is_own
from harness.report.page.json import analysis_document
from harness.report.words.formatting import count
from harness.report.words.skipped import skipped_rows
from harness.running.experiment import make_manifest, measure, resume
from harness.running.live_page import LivePage
from harness.running.prepare import prepare
from harness.running.progress import duration, screen
from harness.storage import experiment_folder
from harness.storage.aa_record import newest_noise, write_noise
from harness.storage.fingerprint import fingerprint
from harness.user_workloads.locations import remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.analysis.results.experiment import Analysis
    from harness.running.live_page import Pages
    from harness.running.prepare import Choose, Prepared
    from harness.running.progress import Screen

__all__ = [
    "Finished",
    "Reported",
    "describe_plan",
    "measure_prepared",
    "new_experiment",
    "refuse_with_resume",
    "report",
    "resume_experiment",
]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finished:
    """An experiment after a run."""

    folder: Path
    is_complete: bool
    """``False`` when the user stopped it."""
    is_opened: bool = False
    """Whether the reader was shown its page while it ran."""
    bug: Exception | None = None
    """What was wrong with that page, to be raised once all is reported."""


def new_experiment(options: Mapping[str, Any], results: Path, pages: Pages) -> Finished:
    """Provision, plan and measure a new experiment in ``results``."""
    experiment_folder.prepare(results)  # before minutes are spent on interpreters
    with screen() as shown:
        ready = prepare(options, tell=shown.getting, is_allowed_to_get=True)
        return measure_prepared(ready, results=results, pages=pages, shown=shown, is_aa=False)


def measure_prepared(
    ready: Prepared, *, results: Path, pages: Pages, shown: Screen, is_aa: bool
) -> Finished:
    """Say what will be measured, and measure it; ``is_aa``: one interpreter against itself."""
    for row in ready.unavailable:
        shown.say(f"{row.label} is not available: {row.reason}")
    for what, why in skipped_rows(ready.plan):
        shown.say(f"{what}: {why}")
    for note in (*ready.machine.notes, *_lacks(ready.plan)):
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
    _hold(ready.plan)
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


def _lacks(plan: Plan) -> list[str]:
    return [
        f"{one.label} was built without {', '.join(one.build.missing_modules)}"
        for one in plan.variants
        if one.build.missing_modules
    ]


def _hold(plan: Plan) -> None:
    """Keep others from removing these interpreters from the cache while they are measured."""
    builds = [variant.build for variant in plan.variants]
    interpreters.hold_builds(interpreters.cache_root(), builds)


def _headline(plan: Plan) -> str:
    labels = ", ".join(variant.label for variant in plan.variants)
    return (
        f"{labels}: {_how_many(plan)} of {count(len(plan.cells), 'cell')}, "
        f"{'at most' if plan.precision else 'about'} {duration(expected_s(plan))}"
    )


def _how_many(plan: Plan) -> str:
    """Return how many blocks there will be: all that are planned, or until something is reached."""
    blocks = count(plan.preset.blocks, "block")
    rules = []
    if plan.time_budget_s is not None:
        rules.append(f"{duration(plan.time_budget_s)} are used up")
    if plan.precision is not None:
        rules.append(f"every headline interval is within ±{plan.precision * 100:g} %")
    return f"blocks until {' or '.join(rules)}, at most {blocks}," if rules else blocks


def refuse_with_resume(options: Mapping[str, Any]) -> tuple[OwnFile, ...]:
    """Raise ConfigError when ``options`` would change the plan that is to be resumed.

    Files of own workloads may be named again: where they are is not in the results.
    """
    named = tuple(options.get("workload", ()))
    is_free = all(map(is_own, named))
    given = sorted(
        key
        for key, value in options.items()
        if value not in (None, (), False) and not (key == "workload" and is_free)
    )
    if given:
        raise ConfigError(
            f"--resume goes on with the plan as it was: leave out --{', --'.join(given)}"
        )
    return find_files(named, Path.cwd())


def resume_experiment(
    results: Path, wanted: str, files: tuple[OwnFile, ...] = (), *, pages: Pages
) -> Finished:
    """Go on with experiment ``wanted``; by default with the newest that is unfinished.

    ``files`` are those of its own workloads, where they are not where they were.
    """
    folder = experiment_folder.find(results, wanted) if wanted else _newest_unfinished(results)
    experiment = experiment_folder.load(folder)
    if _is_finished(experiment):
        raise NothingToDoError(
            f"{folder.name} is finished: make its page again with " + to_type("report", folder.name)
        )
    with screen() as shown:
        _hold(experiment.manifest.plan)
        shown.say(f"Going on with {folder.name}.")
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
    plan = experiment.manifest.plan
    cores = experiment.manifest.machine.physical_cores
    timed = sum(outcome.job.is_timed for outcome in experiment.outcomes)
    about_memory = sum(outcome.job.is_memory for outcome in experiment.outcomes)
    blocks, rest = divmod(timed, len(plan.cells))
    is_enough = blocks == plan.preset.blocks or bool(
        blocks
        and reason_to_stop(
            plan, experiment.outcomes, experiment.runs, before=blocks + 1, cores=cores
        )
    )
    return is_enough and not rest and about_memory == plan.memory_blocks * len(plan.cells)


def describe_plan(options: Mapping[str, Any], *, is_json: bool, choose: Choose = tuple) -> str:
    """Return the plan as text: what would be measured, with what, and for how long."""
    ready = prepare(options, tell=interpreters.ignore, is_allowed_to_get=False, choose=choose)
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
    lines += [f"variant    {one.label:<12} {_described(one.build)}" for one in plan.variants]
    lines += [f"missing    {row.label:<12} {row.reason}" for row in ready.unavailable]
    lines += [f"skipped    {what}: {why}" for what, why in skipped_rows(plan)]
    lines += [f"workload   {one.name:<12} {one.summary}" for one in plan.workloads]
    lines += [
        f"threads    {', '.join(str(count) for count in plan.threads)}",
        f"seed       {plan.seed}",
        f"plan       {_headline(plan)}",
    ]
    return "\n".join(lines) + "\n"


def _described(build: Build) -> str:
    facts = [f"{build.implementation} {build.version}"]
    facts.append("free-threaded" if build.is_free_threaded else "GIL")
    facts += filter(None, [optimisation_words(build)])
    if build.is_debug:
        facts.append("DEBUG BUILD: not for publishing")
    return ", ".join(facts)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reported:
    """A report that was made."""

    page: Path
    text: str
    """What standard output gets."""


def report(
    folder: Path,
    reports: Path,
    *,
    is_json: bool,
    is_new: bool = False,
    is_host_shown: bool = False,
) -> Reported:
    """Make the page of the experiment in ``folder``.

    What an A/A experiment says is kept in the folder when it ``is_new``, just measured. With
    ``is_host_shown`` the page names the host and real paths.

    Raises NothingToDoError when nothing was measured, WorkerError when all of it failed.
    """
    # Here and not above: pandas, SciPy and matplotlib cost seconds that --dry-run must not pay.
    from harness.analysis.analyse import analyse  # noqa: PLC0415
    from harness.export.attachments import attachments  # noqa: PLC0415
    from harness.export.publishable import gather  # noqa: PLC0415
    from harness.report.index.summarise import keep_summary  # noqa: PLC0415
    from harness.report.page.html import write_report  # noqa: PLC0415
    from harness.report.terminal import summary_lines  # noqa: PLC0415

    made_from = fingerprint(folder)  # before it is read: what is added meanwhile makes it another
    experiment = experiment_folder.load(folder)
    if not experiment.outcomes:
        raise NothingToDoError(
            f"{folder.name} holds no measurement yet: go on with --resume {folder.name}"
        )
    analysis = analyse(
        experiment.manifest, experiment.outcomes, runs=experiment.runs, notes=experiment.notes
    )
    if is_new:
        _keep_noise(folder, analysis)
    material = gather(
        experiment.manifest,
        experiment.outcomes,
        experiment.runs,
        analysis,
        is_host_shown=is_host_shown,
    )
    shown = material.analysis
    page = write_report(shown, reports / experiment.manifest.id, attachments=attachments(material))
    keep_summary(analysis, page.parent, made_from=made_from)
    if all(one.status is not Status.OK for one in experiment.outcomes):
        first = experiment.outcomes[0]
        raise WorkerError(
            f"no worker succeeded; {first.job.cell.name}: {first.reason}. All reasons are in {page}"
        )
    if is_json:
        return Reported(page=page, text=analysis_document(analysis, page))
    text = "\n".join([*summary_lines(shown), f"Report: {page}"]) + "\n"
    return Reported(page=page, text=text)


def _keep_noise(folder: Path, analysis: Analysis) -> None:
    """Keep what an A/A experiment says for experiments to come, once there is enough of it."""
    from harness.analysis.trust.aa import MIN_BLOCKS, noise_of  # noqa: PLC0415

    if analysis.aa is not None and analysis.blocks_done >= MIN_BLOCKS:
        write_noise(folder, noise_of(analysis.manifest, analysis.aa, blocks=analysis.blocks_done))
