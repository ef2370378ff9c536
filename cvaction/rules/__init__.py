"""The rules of names, marks, proofs and gates. They use no client, no clock and no log."""
