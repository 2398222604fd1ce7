"""The bridge's database."""
