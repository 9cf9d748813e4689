"""Datasets: names to pages with their truth."""
