"""What the emulated service answers: routes, operations, the JSON of the wire."""
