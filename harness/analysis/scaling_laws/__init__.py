"""Cells → curves over threads → fitted laws, ceiling share and break-even."""
