"""The steps of docs/protocol.md, a module each. commands/promote/story.py tells the story that they are parts of."""
