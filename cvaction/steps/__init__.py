"""The steps of docs/protocol.md, a module each. promotion.py tells the story that they are parts of."""
