"""What is known while an experiment runs: speed-up so far, stopping rule, alarms."""
