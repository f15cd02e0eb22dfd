"""One stub for each LMS: what it demands of a tool, as its own code and documentation say, and the stories that hold it."""
