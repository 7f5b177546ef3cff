"""Gilscope's controller: plans, runs and analyses thread-scaling measurements."""

__version__ = "0.1.0"
