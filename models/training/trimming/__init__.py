"""Where the movement begins and ends in a recording: the rule, a network, and their errors."""
