"""The extractor `viterbi`."""
