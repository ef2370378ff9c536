"""What the service does: the facts, the probe that tries them, and what it saw. Never in the image."""
