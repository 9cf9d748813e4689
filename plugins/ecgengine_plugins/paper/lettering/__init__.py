"""Find and read printed letters, words and lead names."""
