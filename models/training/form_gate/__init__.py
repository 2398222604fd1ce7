"""Whether a repetition was done well: the gate, what it must beat, and its precision and recall."""
