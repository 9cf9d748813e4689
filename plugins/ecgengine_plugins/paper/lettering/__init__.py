"""Letters, words and names in print."""
