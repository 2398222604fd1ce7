"""Prescribing: drafts until they are signed, templates, states, conflicts, and the preview."""
