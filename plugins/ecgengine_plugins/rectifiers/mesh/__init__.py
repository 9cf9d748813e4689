"""The rectifier mesh."""
