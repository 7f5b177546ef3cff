"""The estimators and verdicts, tried on simulated experiments with known truth.

Place in the flow: cli → **validation** → analysis, plan, simulation. What is tried is what the
report uses, not a copy of it. ``rows`` are simulated by ``command``, counted by ``pairs``,
``families`` and ``choices``, and written by ``page``.
"""
