"""Plan → outcomes: launches workers and walks the blocks."""
