"""The inputs of an action: declared as the fields of a record, read from the environment, and told all at once if wrong."""
