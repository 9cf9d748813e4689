"""The extractor `network`: a trained network reads whole rows."""
