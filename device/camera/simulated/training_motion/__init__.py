"""Simulated movement in space for training the networks of quality, written to files.

``models`` imports nothing of the device: it reads the files (:mod:`models.training.motion`).
"""
