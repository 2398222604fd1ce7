"""A clinic full of simulated patients, so that every page has something to look at."""
