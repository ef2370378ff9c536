"""`make bench`: measures the cost of a promotion, and of the calls that the vendor documents, in one run."""
