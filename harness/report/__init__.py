"""The report: an analysis in, one self-contained HTML page and a few terminal lines out."""
