"""Training the networks that plugins run; needs `pip install ecgengine[train]`."""
