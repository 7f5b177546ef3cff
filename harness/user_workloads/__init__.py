"""The user's own workloads: described by each interpreter, with the packages they need."""
