"""The estimators and verdicts, tried on simulated experiments with known truth."""
