"""Stages as plugins: protocols, hooks, options, loading, selection, calling."""
