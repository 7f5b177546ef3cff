"""Specs, the catalogue, and requirements for builds."""
