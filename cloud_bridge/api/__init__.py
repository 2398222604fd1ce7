"""What programs read of the bridge."""
