"""What the service does: the facts, the probe that tries them, and what the probe saw. Never in the image."""
