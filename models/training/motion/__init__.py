"""Recorded and simulated movement in space, on which the networks of quality are trained."""
