"""Estimators, intervals, verdicts and change points; knows no experiment."""
