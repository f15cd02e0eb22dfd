"""Who is served: one folder per desk.  A desk parses, calls one action or query, renders; it owns the transaction."""
