"""Numbers that several sections show: series, delays, ceiling, tables."""
