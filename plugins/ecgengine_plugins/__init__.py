"""Every built-in stage, a folder for each kind, and what several of them share."""
