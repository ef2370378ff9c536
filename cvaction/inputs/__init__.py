"""The inputs of an action: fields of a record, read from the environment. One error lists all that is wrong."""
