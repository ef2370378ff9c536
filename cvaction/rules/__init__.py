"""What is true of names, marks, proofs and gates: no client, no clock, no log."""
