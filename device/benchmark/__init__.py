"""Measures the coach against known truth: the simulated patient, seen by the real network."""
