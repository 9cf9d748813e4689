"""What travels: one noun a file."""
