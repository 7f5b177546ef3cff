"""Source → a built CPython in the cache."""
