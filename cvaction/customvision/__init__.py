"""A client for the Custom Vision Training API v3.3. It knows nothing of the action and can be used by itself."""
