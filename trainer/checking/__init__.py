"""The connection check: tries a connection, says what was found, and whom to ask for what."""
