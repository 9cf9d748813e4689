"""Assemblers: curves to a calibrated recording."""
