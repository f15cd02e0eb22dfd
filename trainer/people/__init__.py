"""Buddies, the identities by which platforms know them, and their sessions in a browser."""
