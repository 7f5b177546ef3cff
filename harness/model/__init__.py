"""The project's value types: frozen, keyword-only, without I/O."""

from harness.model.builds import (
    CONTAINER,
    ENVIRONMENT,
    Build,
    Cpu,
    Machine,
    Optimised,
    Provenance,
    Unavailable,
    Variant,
)
from harness.model.estimates import Decision, Estimate, Verdict
from harness.model.modes import MODES, Mode, ModeFacts
from harness.model.plans import (
    Benchmark,
    Cell,
    Job,
    Kind,
    Manifest,
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
from harness.model.worker_settings import WorkerSettings, settings_of

__all__ = [
    "CONTAINER",
    "ENVIRONMENT",
    "MAX_BLOCKS",
    "MAX_THREADS",
    "MODES",
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
    "ModeFacts",
    "Noise",
    "Optimised",
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
    "WorkerSettings",
    "Workload",
    "settings_of",
]
