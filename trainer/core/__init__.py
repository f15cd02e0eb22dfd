"""The ground the service stands on: settings, database, HTTP, mail, media, web.  No word of the domain in here."""
