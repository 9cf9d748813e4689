"""Calibration pulses."""
