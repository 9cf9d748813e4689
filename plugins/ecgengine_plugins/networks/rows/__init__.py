"""Where the trace of one row of leads runs."""
