"""How far the numbers can be trusted: telemetry, start times, A/A result, grade."""
