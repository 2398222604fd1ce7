"""From poses to joint angles, repetitions, form faults, cues and the course of a session."""
