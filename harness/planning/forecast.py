"""The plan of a dry run: some of its interpreters may not be here yet."""

from __future__ import annotations

import msgspec

from harness.model import AnyVariant, ExpectedBuild, ExpectedVariant, Plan

__all__ = ["Forecast", "forecast"]


class Forecast(Plan, frozen=True, kw_only=True):
    """A plan that is shown and never carried out."""

    expected: tuple[ExpectedVariant, ...]
    """Those of its variants that would be downloaded or built first."""

    @property
    def missing_builds(self) -> tuple[ExpectedBuild, ...]:
        """Return what would be downloaded or built, each once: variants share builds."""
        return tuple(dict.fromkeys(variant.build for variant in self.expected))

    @property
    def getting_s(self) -> float:
        """Return how long that would take: one after the other."""
        return sum(build.expected_s for build in self.missing_builds)

    def is_jit_on(self, label: str) -> bool:
        """Return whether the variant called ``label`` compiles while it runs."""
        both: tuple[AnyVariant, ...] = (*self.variants, *self.expected)
        return next(variant for variant in both if variant.label == label).is_jit_on


def forecast(plan: Plan, variants: tuple[AnyVariant, ...]) -> Forecast:
    """Return the plan with those of its variants that are not here yet."""
    expected = tuple(variant for variant in variants if isinstance(variant, ExpectedVariant))
    return Forecast(**msgspec.structs.asdict(plan), expected=expected)
