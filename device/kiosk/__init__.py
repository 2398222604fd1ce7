"""The patient's screen: a page on the loopback address for the attached display."""
