"""The exercise library as data, its loader and its reference motions."""
