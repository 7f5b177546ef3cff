"""All figures of a page as inline SVG, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.drawing import canvas, svg
from harness.report.numbers import delays, series
from harness.report.redaction import published
from harness.report.sections.distributions import figure as distribution_strips
from harness.report.sections.gil_cost import figure as forest
from harness.report.sections.heat_map import figure as heat_grid
from harness.report.sections.latency import figure as delay_curves
from harness.report.sections.lesson import figure as bars
from harness.report.sections.shared_state import figure as shared_pair_dots
from harness.report.sections.speedup import figure as curves
from harness.report.sections.speedup import figure_frame
from harness.report.sections.trust import figure as run_order
from harness.report.sections.trust import words as trust
from harness.report.sections.warmup import figure as warmup_curves
from harness.report.sections.warmup import words as warmup
from harness.report.sections.workloads import figure as workload_panels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.analysis.results.experiment import Analysis
    from harness.report.drawing.canvas import Sheet

__all__ = ["draw_figures", "sheets"]


def draw_figures(analysis: Analysis) -> dict[str, str]:
    """Return every figure the view of this analysis names, as SVG elements."""
    return {
        name: svg.inline(sheet.figure, name=name, tips=sheet.tips)
        for name, sheet in sheets(analysis)
    }


def sheets(analysis: Analysis) -> Iterator[tuple[str, Sheet]]:
    """Yield every figure with its name; it must be saved before the next one is asked for.

    The settings that it is drawn and saved under hold as long.
    """
    shown = published(analysis)
    with canvas.style():
        for draw in _DRAWN:
            yield from draw(shown).items()


def _curves(analysis: Analysis) -> dict[str, Sheet]:
    charts = series.charts(analysis)
    if not charts:
        return {}
    machine = analysis.manifest.machine
    shared = figure_frame.scale(charts, machine)
    return {chart.name: curves.draw(chart, shared, machine) for chart in charts}


def _contrasts(analysis: Analysis) -> dict[str, Sheet]:
    found = {}
    for index, workload in enumerate(series.shown_workloads(analysis)):
        contrasts = series.contrasts(analysis, workload.name)
        if contrasts:
            found[f"contrast-{index}"] = bars.draw(contrasts)
    return found


def _splits(analysis: Analysis) -> dict[str, Sheet]:
    return {
        part.name: forest.draw(part, whole=pair, threshold=analysis.threshold)
        for pair in series.pairs(analysis)
        for part in series.halves(pair)
    }


def _delays(analysis: Analysis) -> dict[str, Sheet]:
    return {chart.name: delay_curves.draw(chart) for chart in delays.charts(analysis)}


def _warmups(analysis: Analysis) -> dict[str, Sheet]:
    return {warmup.FIGURE: warmup_curves.draw(analysis)} if warmup.has_curves(analysis) else {}


def _run_order(analysis: Analysis) -> dict[str, Sheet]:
    chart = run_order.draw(analysis.samples)
    return {trust.NAME: chart} if chart else {}


_DRAWN: tuple[Callable[[Analysis], dict[str, Sheet]], ...] = (
    _curves,
    _contrasts,
    _splits,
    workload_panels.draw,
    shared_pair_dots.draw,
    heat_grid.draw,
    _delays,
    distribution_strips.draw,
    _warmups,
    _run_order,
)
"""Each draws what one kind of section shows."""
