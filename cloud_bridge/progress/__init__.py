"""What a patient's stored sessions show over weeks: pure functions, no database, no page."""
