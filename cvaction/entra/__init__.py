"""Microsoft Entra ID: an identity's assertion becomes an access token, and the token lives and is renewed."""
