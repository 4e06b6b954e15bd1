"""Many viewers of one film: their recordings on the film's clock, the curve, the moments, the
cut.
"""
