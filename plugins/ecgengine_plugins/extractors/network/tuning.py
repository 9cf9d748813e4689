"""What the extractor `network` may be tuned by, beside its options.

Where no source is named the value is a choice.
"""

# Confidence is the posterior within this of the curve, in pixels of the window. Below the first
# limit the curve is unsure, below the second lost: at even odds it lies elsewhere.
REACH_PX, UNSURE, LOST = 12, 0.6, 0.5
# Paths bridge what is lost for less than this, 0.16 s at 25 mm/s. Through unsure stretches longer
# than this part of it they agree on one place without reason; there each column speaks for itself.
LOST_MM, BRIDGED = 4.0, 0.5

# A trace is read in a higher window where this much of the posterior lies so near to the window's
# edge, and as far around; the higher one must join the usual within the last distance.
EDGE_MM, LIKELY, AROUND_MM, JOINING_MM = 3.0, 0.3, 3.0, 0.5

# Ends of strips, which a separator or a pulse may touch, are read by `viterbi` if its confidence
# over the strip is higher than this.
ENDS_MM, EXPLAINED = 0.6, 0.9
# Curves farther from each other than this run elsewhere, until they run together for as long.
APART_MM, TOGETHER_MM = 1.0, 0.5
# A jump crosses places of less posterior than this. The fit is taken for as long as it runs
# elsewhere if its confidence is higher, or coverage under the network's path lower, than this: if
# taken wherever it explains nine tenths of the ink it lost 0.2 dB on synthetic pages, wherever the
# network's path has no ink 0.7 (docs/architecture.md).
IMPROBABLE, FITTED, INKLESS, UNDER_MM = 0.02, 0.8, 0.3, 0.25
