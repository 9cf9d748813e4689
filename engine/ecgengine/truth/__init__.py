"""Pages with their truth, and their files."""
