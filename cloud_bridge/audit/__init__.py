"""Who read and changed which patient's data: an append-only log that notices tampering."""
