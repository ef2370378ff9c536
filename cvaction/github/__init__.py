"""The workflow that the action runs in, independent of Custom Vision."""
