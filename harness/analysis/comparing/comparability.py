"""Whether two sides can be compared, and what differs between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.comparing.sides import FOLDER
from harness.model.hosts import host_identity, is_made_up

if TYPE_CHECKING:
    from harness.analysis.comparing.sides import BuildId, CellSample, ComparisonInput, Place

__all__ = [
    "common_builds",
    "has_made_up_names",
    "other_machine",
    "other_settings",
    "why_incomparable",
]


def other_machine(old: Place, new: Place) -> tuple[str, ...]:
    """Return the evidence that two machines were measured; empty when there is none.

    Only facts known of both count, without the kernel, which may be updated.
    """
    pairs = (
        ("host name", *_hosts(old, new)),
        ("CPU model", " ".join(old.cpu_model.split()), " ".join(new.cpu_model.split())),
        ("system", old.system, new.system),
        ("architecture", old.architecture, new.architecture),
        ("usable CPUs", str(old.cpus or ""), str(new.cpus or "")),
    )
    return tuple(
        f"{name}: {ours} / {theirs}"
        for name, ours, theirs in pairs
        if ours and theirs and ours != theirs
    )


def _hosts(old: Place, new: Place) -> tuple[str, str]:
    ids = [place.host_id or host_identity(place.host) for place in (old, new)]
    return (old.host, new.host) if all(ids) and len(set(ids)) > 1 else ("", "")


def has_made_up_names(old: Place, new: Place) -> bool:
    """Return whether host names differ and one at least names no machine."""
    return old.host != new.host and any(is_made_up(place.host) for place in (old, new))


def other_settings(old: ComparisonInput, new: ComparisonInput) -> tuple[str, ...]:
    """Return known differences other than the builds, such as the switch interval."""
    theirs = dict(new.settings)
    differences = [
        # A folder may name the user or the host: its value is not shown.
        name if name == FOLDER else f"{name}: {value} / {theirs[name]}"
        for name, value in old.settings
        if theirs.get(name, value) != value
    ]
    kernels = {old.place.kernel, new.place.kernel} - {""}
    if len(kernels) > 1 and old.is_experiment == new.is_experiment:
        differences.append(f"kernel: {old.place.kernel} / {new.place.kernel}")
    codes = {
        sample.family
        for key, sample in old.samples.items()
        if (other := new.samples.get(key)) and sample.code and other.code != sample.code
    }
    whole = "workload code"
    if codes and not any(difference.startswith(whole) for difference in differences):
        differences.append(f"{whole} of {', '.join(sorted(codes))}")
    return tuple(differences)


def why_incomparable(old: CellSample, new: CellSample) -> str:
    """Return why two cells of one name measure different things; empty if they do not."""
    if old.unit != new.unit:
        return f"the units differ: {old.unit} / {new.unit}"
    if old.is_paced or new.is_paced:
        return "it goes on for a fixed time: what it notes is its result, not its duration"
    if old.loop and new.loop and old.loop != new.loop:
        return f"one loop is not the same work: {old.loop} / {new.loop}"
    return ""


def common_builds(
    old: ComparisonInput, new: ComparisonInput
) -> tuple[tuple[str, str, BuildId], ...]:
    """Return the variants that are the same build in the same environment on both sides.

    Each as its label in ``old``, its label in ``new`` and its identity; the baseline of ``old``
    first, then in the order of its plan.
    """
    theirs: dict[BuildId, str] = {}
    for variant in new.variants:
        identity = new.build_id(variant.label)
        if identity is not None:
            theirs.setdefault(identity, variant.label)
    mine = sorted(old.variants, key=lambda variant: variant.label != old.baseline)
    return tuple(
        (variant.label, theirs[identity], identity)
        for variant in mine
        if (identity := old.build_id(variant.label)) is not None and identity in theirs
    )
