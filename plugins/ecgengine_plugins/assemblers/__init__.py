"""Built-in assemblers."""
