"""Form rules: what went wrong in a movement, and what could not be judged, and why."""
