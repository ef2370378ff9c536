"""What a run gives at its end: outputs, report, summary."""
