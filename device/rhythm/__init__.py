"""The rhythm of the days: what is due, what was done, when to remind, and for how many weeks."""
