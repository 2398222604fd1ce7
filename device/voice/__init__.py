"""Offline speech: what is said and when, rendered and played in a process of its own."""
