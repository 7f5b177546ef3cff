"""The notes of workloads for which the report has tables; it shows no others."""

from __future__ import annotations

__all__ = ["LOST", "MISSED", "PAUSE", "RESPONSE", "SENT"]

RESPONSE = "response_s"
"""How long an answer took."""
MISSED = "missed_deadlines"
"""How many of them missed the workload's deadline."""
SENT = "send_delay_s"
"""How late a request itself was sent."""
PAUSE = "gc_pause_s"
"""How long a collection stopped the thread that works."""
LOST = "lost_updates"
"""How many updates of shared state are missing."""
