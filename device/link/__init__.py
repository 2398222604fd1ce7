"""The way to the cloud bridge: the outbox over MQTT."""
