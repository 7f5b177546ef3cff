"""Build CPython from source."""
