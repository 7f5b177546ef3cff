"""Summaries of all experiments → index page with trends."""
