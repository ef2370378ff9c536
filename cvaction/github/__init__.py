"""The workflow that the action runs in, and nothing of Custom Vision."""
