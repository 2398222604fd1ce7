"""Messages from devices: validated, stored once, and answered with a receipt."""
