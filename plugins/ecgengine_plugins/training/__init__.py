"""Trainers: how the networks come about; needs `pip install ecgengine[train]`."""
