"""Every failure as a text: what happened, the likely cause, what to do."""
