"""Promote an Azure Custom Vision project: copy it, prove the copy, publish it, name it. Once."""

__version__ = "0.1.0"
