"""`make bench`: what a promotion costs, beside what the vendor documents, measured in one run."""
