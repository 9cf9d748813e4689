"""Where the trace of one strip runs, read along the path that a coarse look shows."""
