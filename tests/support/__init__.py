"""The real parts that tests stand on: PostgreSQL, Chromium, a mail server, the service's own processes."""
