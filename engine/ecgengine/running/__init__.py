"""Pages through stages to files: pipeline, workers, configuration."""
