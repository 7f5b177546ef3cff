"""The user's own workloads: loaded by each interpreter, with the packages they need."""
