"""An experiment while it runs: prepared, measured, tracked, shown on a live page."""
