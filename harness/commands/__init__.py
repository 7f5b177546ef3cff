"""What each command does, step by step: provision → plan → measure → analyse → report."""
