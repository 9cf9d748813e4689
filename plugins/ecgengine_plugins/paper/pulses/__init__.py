"""Find and measure calibration pulses."""
