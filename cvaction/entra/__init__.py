"""Microsoft Entra ID: exchanges an identity's assertion for an access token, and renews the token before it ends."""
