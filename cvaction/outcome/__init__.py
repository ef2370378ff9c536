"""What a run tells at its end: outputs, report, summary."""
