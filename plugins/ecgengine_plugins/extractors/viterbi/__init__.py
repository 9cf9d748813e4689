"""The extractor `viterbi`: the cheapest path, then the stroke that matches the ink."""
