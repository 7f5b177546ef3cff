"""Pauses between blocks, and the page that is made in them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import re
import signal
from typing import TYPE_CHECKING, cast

import msgspec
import pytest

from harness import interpreters
from harness.cli.bench import finish
from harness.cli.options import Output
from harness.commands.bench import Finished
from harness.errors import StoreError
from harness.execution.scheduler import Step
from harness.model import Mode
from harness.planning.plan import jobs_of_block
from harness.running.experiment import measure, resume
from harness.running.live_page import LivePage, Pages
from harness.running.live_view import state_of
from harness.running.progress import Screen, screen
from harness.storage import experiment_folder
from tests.unit import fakes
from tests.unit.fakes import FakeLauncher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.model import Manifest, Plan
    from harness.running.tracker import Pause


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILSCOPE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def shown() -> Iterator[Screen]:
    with screen(is_quiet=True) as quiet:
        yield quiet


def small(blocks: int = 3, **more: object) -> Plan:
    """Return a plan of two cells."""
    return fakes.plan(
        ("3.14",),
        workloads=("factorize",),
        threads=(1, 2),
        modes=(Mode.THREADS,),
        blocks=blocks,
        **more,
    )


class Run:
    """A measured experiment, its page on the disk looked at in every pause."""

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        *,
        clock: Callable[[], float] = lambda: 0.0,
        pages: Pages | None = None,
    ) -> None:
        """Have everything in ``folder``."""
        self.manifest: Manifest = fakes.manifest(plan)
        self.said: list[str] = []
        self.pages: list[str] = []
        self.page = folder / "reports" / self.manifest.id / "index.html"
        pages = pages or Pages(reports=folder / "reports", is_opened=False)
        self.live = LivePage(self.manifest, pages, say=self.said.append, clock=clock)
        self._folder = folder

    def measure(self, shown: Screen, pause: Callable[[Pause], None] = lambda _: None) -> bool:
        """Measure, and do ``pause`` in every pause before the page is made."""

        def after_block(at: Pause) -> None:
            pause(at)
            self.live.after_block(at)
            self.pages.append(self.text())

        with self.live:
            return measure(
                self.manifest,
                results=self._folder,
                screen=shown,
                launcher=FakeLauncher(),
                around=fakes.AROUND,
                after_block=after_block,
            )

    def text(self) -> str:
        """Return the page on the disk, nothing where there is none."""
        return self.page.read_text(encoding="utf-8") if self.page.exists() else ""


def blocks_shown(pages: list[str]) -> list[str]:
    """Return which block each page was made after."""
    found = [re.search(r"Running: block (\d+)", page) for page in pages]
    return [one.group(1) if one else "" for one in found]


def test_a_pause_follows_every_whole_block_and_none_the_pilot(
    tmp_path: Path, shown: Screen
) -> None:
    manifest = fakes.manifest(msgspec.structs.replace(small(2), memory_blocks=1))
    fake = FakeLauncher()
    seen: list[tuple[bool, int, int]] = []

    def after_block(pause: Pause) -> None:
        job = pause.step.job
        seen.append((job.is_memory, job.block, len(fake.launches)))
        saved = experiment_folder.load(tmp_path / manifest.id)
        assert pause.outcomes == saved.outcomes
        assert pause.runs == saved.runs

    measure(
        manifest,
        results=tmp_path,
        screen=shown,
        launcher=fake,
        around=fakes.AROUND,
        after_block=after_block,
    )

    assert seen == [(False, 1, 4), (False, 2, 6), (True, 1, 8)]


def test_a_block_that_was_begun_before_a_resume_ends_with_a_pause(
    tmp_path: Path, shown: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = small(2)
    manifest = fakes.manifest(plan)
    by_path = {one.build.path: one.build for one in plan.variants}
    monkeypatch.setattr(interpreters, "probe", lambda path, provenance: by_path[path])  # noqa: ARG005
    measure(manifest, results=tmp_path, screen=shown, launcher=FakeLauncher(), around=fakes.AROUND)
    journal = tmp_path / manifest.id / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:3]))
    counts: list[int] = []

    resume(
        experiment_folder.load(tmp_path / manifest.id),
        machine=fakes.TWO_CPUS,
        screen=shown,
        launcher=FakeLauncher(),
        around=fakes.AROUND,
        after_block=lambda pause: counts.append(len(pause.runs)),
    )

    assert counts == [4, 6]


def test_a_page_says_that_it_is_of_a_run_until_the_run_ends(tmp_path: Path, shown: Screen) -> None:
    run = Run(tmp_path, small(3))

    assert run.measure(shown)

    assert blocks_shown(run.pages) == ["1", "2", "2"]  # after the last, the finished page follows
    assert "block 2 of 3 is done" in run.pages[1]
    assert "the numbers rest on 2 blocks" in run.pages[1]
    assert re.search(r"Last written at \d\d:\d\d:\d\d UTC", run.pages[1])
    assert '<meta http-equiv="refresh" content="15">' in run.pages[1]
    assert run.said == []
    assert 'http-equiv="refresh"' not in run.text()
    assert "Running:" not in run.text()
    assert "Partial: 2 of 3 blocks complete" in run.text()


def test_a_page_is_made_after_the_first_block_and_while_it_costs_a_tenth_of_the_time(
    tmp_path: Path, shown: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    now_s = [0.0]

    def clock() -> float:
        now_s[0] += 1  # what a page costs
        return now_s[0]

    def pause(_: Pause) -> None:
        now_s[0] += 4

    pages = Pages(reports=tmp_path / "reports", is_opened=True)
    run = Run(tmp_path, small(5), clock=clock, pages=pages)
    run.measure(shown, pause)

    assert blocks_shown(run.pages) == ["1", "1", "3", "3", "3"]
    assert run.live.is_opened
    assert run.said == [f"--open: there is no display here; open {run.page} where there is one"]


def test_a_page_that_cannot_be_written_is_a_line_and_the_run_goes_on(
    tmp_path: Path, shown: Screen
) -> None:
    (tmp_path / "reports").write_text("in the way")
    run = Run(tmp_path, small(3), clock=lambda: 0.0)
    run.page = tmp_path / "none"

    assert run.measure(shown)

    (line,) = run.said
    assert line.startswith("Cannot write the report ")
    assert line.endswith("Measuring continues.")
    assert run.live.bug is None


def test_a_bug_in_a_page_is_kept_for_the_end(tmp_path: Path, shown: Screen) -> None:
    broken = Pages(reports=cast("Path", None), is_opened=False)
    run = Run(tmp_path, small(3), pages=broken)

    assert run.measure(shown)

    (line,) = run.said
    assert line.startswith("A bug in the page of the running experiment (TypeError: ")
    assert isinstance(run.live.bug, TypeError)
    output = Output(
        results=tmp_path,
        reports=tmp_path / "reports",
        is_opened=False,
        is_json=False,
        is_host_shown=False,
    )
    finished = Finished(folder=tmp_path / run.manifest.id, is_complete=True, bug=run.live.bug)
    with pytest.raises(TypeError):
        finish(finished, output)
    assert "Complete: all 3 blocks" in run.text()


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_while_a_page_is_made(tmp_path: Path, shown: Screen, presses: int) -> None:
    run = Run(tmp_path, small(4))

    def press(pause: Pause) -> None:
        if pause.step.job.block == 2:
            for _ in range(presses):
                os.kill(os.getpid(), signal.SIGINT)

    if presses == 1:
        assert run.measure(shown, press) is False
    else:
        with pytest.raises(KeyboardInterrupt):
            run.measure(shown, press)

    assert len(experiment_folder.load(tmp_path / run.manifest.id).outcomes) == 6
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert "Running:" not in run.text()
    assert f"Partial: {3 - presses} of 4 blocks complete" in run.text()


def test_a_disk_that_is_full_ends_the_run_and_its_page(tmp_path: Path, shown: Screen) -> None:
    run = Run(tmp_path, small(4))

    def fill(pause: Pause) -> None:
        if pause.step.job.block == 2:
            raise StoreError("no room")

    with pytest.raises(StoreError, match="no room"):
        run.measure(shown, fill)

    assert "Partial: 1 of 4 blocks complete" in run.text()


def test_the_state_says_where_the_run_is_and_what_the_numbers_rest_on() -> None:
    now = dt.datetime(2026, 1, 17, 12, 4, 5, tzinfo=dt.UTC)
    plan = small(10)
    job = jobs_of_block(plan, 3)[-1]
    step = Step(
        job=job,
        blocks=10,
        may_end_early=False,
        jobs_in_block=2,
        elapsed_s=60,
        remaining_s=245,
        outcome=None,
    )

    said = state_of(step, 3, now=now)
    assert said.startswith(
        "Running: block 3 of 10 is done, about 4 min 05 s left; the numbers rest on 3 blocks. "
        "Last written at 12:04:05 UTC"
    )
    early = dataclasses.replace(step, may_end_early=True)
    assert "block 3 of at most 10 is done" in state_of(early, 3, now=now)
    memory = dataclasses.replace(step, job=msgspec.structs.replace(job, is_memory=True))
    assert "block 3 of 10 of the memory pass is done" in state_of(memory, 10, now=now)
