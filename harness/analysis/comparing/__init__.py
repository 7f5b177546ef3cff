"""Two experiments, or two pyperf files → one comparison, with a gate."""
