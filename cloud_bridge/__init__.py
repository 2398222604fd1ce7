"""The clinic's side: ingest of sessions, store and portal."""
