"""Trained networks: their files with cards, and the runtimes that run them."""
