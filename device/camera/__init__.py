"""Where frames come from: one protocol, several sources, and the latest-frame slot."""
