"""The project's value types: frozen, keyword-only, without I/O.

Place in the flow: the vocabulary every other module speaks. What is stored in a
results folder is a ``msgspec.Struct`` and is validated when it is read back.
"""

from harness.model.builds import (
    CONTAINER,
    ENVIRONMENT,
    Build,
    Cpu,
    Machine,
    Provenance,
    Unavailable,
    Variant,
)
from harness.model.estimates import Decision, Estimate, Verdict
from harness.model.plans import (
    Benchmark,
    Cell,
    Job,
    Kind,
    Manifest,
    Mode,
    Noise,
    Outcome,
    Plan,
    Preset,
    Scaling,
    Skipped,
    Status,
    Workload,
)
from harness.model.values import MAX_BLOCKS, MAX_THREADS

__all__ = [
    "CONTAINER",
    "ENVIRONMENT",
    "MAX_BLOCKS",
    "MAX_THREADS",
    "Benchmark",
    "Build",
    "Cell",
    "Cpu",
    "Decision",
    "Estimate",
    "Job",
    "Kind",
    "Machine",
    "Manifest",
    "Mode",
    "Noise",
    "Outcome",
    "Plan",
    "Preset",
    "Provenance",
    "Scaling",
    "Skipped",
    "Status",
    "Unavailable",
    "Variant",
    "Verdict",
    "Workload",
]
