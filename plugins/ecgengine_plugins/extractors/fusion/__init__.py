"""The extractor `fusion`: `network`, made finer by a fit of the stroke."""
