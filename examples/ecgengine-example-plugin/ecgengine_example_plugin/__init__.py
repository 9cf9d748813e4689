"""An extractor for ecgengine: the middle of the ink in each column."""
