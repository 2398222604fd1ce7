"""What the device and the cloud bridge agree on: messages, exercises and networks."""
