"""Pages through stages to files: settings, pipeline, runner, workers."""
