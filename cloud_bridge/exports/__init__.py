"""What leaves the bridge for other systems."""
