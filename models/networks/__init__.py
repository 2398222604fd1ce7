"""The pose networks: which there are, where they are found, and how they are verified."""
