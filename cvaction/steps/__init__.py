"""The steps of docs/protocol.md, one module for each. commands/promote/story.py calls them in their order."""
