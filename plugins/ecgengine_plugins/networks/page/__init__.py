"""What stands where on a whole sheet: traces with their rows, ends of strips, pulses, words."""
