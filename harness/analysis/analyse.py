"""An experiment → its ``Analysis``: the one entry of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.experiment.calm import calm_share
from harness.analysis.experiment.cells import cell_results
from harness.analysis.experiment.frame import by_cell, complete_blocks, process_frame
from harness.analysis.experiment.gil_backs import gil_backs
from harness.analysis.experiment.left_behind import left_behind
from harness.analysis.experiment.memory import memory_results
from harness.analysis.experiment.notes import note_results
from harness.analysis.experiment.remarks import remark_results
from harness.analysis.experiment.sharing import sharing_costs
from harness.analysis.experiment.splits import splits
from harness.analysis.experiment.throughput import throughputs
from harness.analysis.experiment.times import process_times, split_workloads
from harness.analysis.experiment.warmup import warmup_results
from harness.analysis.live.stopping import reason_to_stop
from harness.analysis.results.experiment import Analysis, Failure, Stop
from harness.analysis.scaling_laws.break_even import break_evens
from harness.analysis.scaling_laws.ceiling_share import shares_of_ceiling
from harness.analysis.scaling_laws.fit import laws
from harness.analysis.trust.aa import aa_result
from harness.analysis.trust.grade import grade
from harness.analysis.trust.pinning import pinning
from harness.analysis.trust.telemetry import offsets_s, samples
from harness.analysis.trust.value_levels import level_notes
from harness.model import Cell, Manifest, Outcome, Status
from harness.statistics.levels import LEVEL
from harness.statistics.verdicts import PRACTICAL
from harness.storage.worker_result import read_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.storage.worker_result import Runs

__all__ = ["analyse"]


def analyse(
    manifest: Manifest,
    outcomes: tuple[Outcome, ...],
    *,
    runs: Runs | None = None,
    notes: tuple[str, ...] = (),
) -> Analysis:
    """Return everything the report shows of an experiment.

    A difference of less than 2 % does not matter, nor one within the noise floor of this
    machine's last A/A experiment. ``runs`` are those of ``outcomes``, if already decoded.
    Estimates rest on complete blocks or, before the first of them, on all processes.
    """
    plan = manifest.plan
    runs = read_runs(outcomes) if runs is None else runs
    blocks = complete_blocks(plan, outcomes)
    measured = tuple(outcome for outcome in outcomes if outcome.job.is_timed)
    used = tuple(outcome for outcome in measured if outcome.job.block in blocks)
    if not blocks and any(outcome.status is Status.OK for outcome in measured):
        used = measured
        notes = (*notes, "No block is complete: the numbers rest on the first block's processes.")
    notes = (*notes, *map(_split_note, split_workloads(used)), *left_behind(outcomes))
    frame = process_frame(used, runs)
    noise = manifest.noise
    threshold = max(PRACTICAL, noise.floor) if noise and noise.is_usable else PRACTICAL
    times = process_times(used, runs)
    notes = (*notes, *level_notes(plan, times))
    cores, seen = manifest.machine.physical_cores, samples(plan, outcomes)
    cells = cell_results(plan, frame, times, threshold=threshold, cores=cores)
    share = calm_share(used)
    stop = _stop(manifest, outcomes, runs, done=len(blocks))
    failures = tuple(_failures(plan.cells, outcomes))
    return Analysis(
        manifest=manifest,
        blocks_done=len(blocks),
        stop=stop,
        level=LEVEL,
        threshold=threshold,
        cells=cells,
        splits=splits(
            plan,
            times,
            threshold=threshold,
            verdicts={
                Cell(variant=cell.variant, benchmark=cell.benchmark): cell.verdict for cell in cells
            },
        ),
        failures=failures,
        measured_s=sum(outcome.wall_s for outcome in outcomes),
        duration_s=offsets_s(outcomes)[-1] + outcomes[-1].wall_s if outcomes else 0.0,
        load_1min=tuple(outcome.load_1min for outcome in measured if outcome.load_1min is not None),
        notes=notes,
        measures=note_results(plan, used, runs),
        memory=memory_results(plan, outcomes, runs),
        aa=aa_result(manifest, frame, times, threshold=threshold),
        laws=laws(plan, times, cores=cores),
        shares_of_ceiling=shares_of_ceiling(plan, times),
        break_evens=break_evens(plan, times),
        sharing_costs=sharing_costs(plan, times, threshold=threshold),
        throughputs=throughputs(plan, times),
        warmup=warmup_results(plan, outcomes, frame),
        samples=seen,
        calm_share=share,
        pinning=pinning(plan, outcomes),
        gil_backs=gil_backs(plan, failures, cells),
        remarks=remark_results(plan, outcomes, runs),
        grade=grade(
            manifest,
            samples=seen,
            cells=cells,
            calm=share,
            blocks_done=len(blocks),
            blocks_due=plan.preset.blocks if stop is Stop.NOT else len(blocks),
        ),
    )


def _split_note(workload: str) -> str:
    return (
        f"The workers of {workload} would not have fitted into this computer side by side: they "
        "were measured in parts, and what is compared across parts was measured seconds apart."
    )


def _stop(manifest: Manifest, outcomes: tuple[Outcome, ...], runs: Runs, *, done: int) -> Stop:
    plan, cores = manifest.plan, manifest.machine.physical_cores
    timed = sum(outcome.job.is_timed for outcome in outcomes)
    if not done or done == plan.preset.blocks or timed > done * len(plan.cells):
        return Stop.NOT
    return reason_to_stop(plan, outcomes, runs, before=done + 1, cores=cores)


def _failures(cells: tuple[Cell, ...], outcomes: tuple[Outcome, ...]) -> Iterator[Failure]:
    for cell, own in by_cell(cells, outcomes).items():
        failed = [outcome for outcome in own if outcome.status in (Status.FAILED, Status.TIMED_OUT)]
        if failed:
            yield Failure(
                variant=cell.variant,
                benchmark=cell.benchmark,
                status=failed[-1].status,
                reason=failed[-1].reason,
                stderr_tail=failed[-1].stderr_tail,
                failed=len(failed),
                succeeded=sum(
                    outcome.status is Status.OK and outcome.job.block > 0 for outcome in own
                ),
                is_quarantined=any(outcome.status is Status.SKIPPED for outcome in own),
            )
