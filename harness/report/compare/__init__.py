"""A comparison → page, terminal text and JSON."""
