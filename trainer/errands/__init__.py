"""What the worker goes to the LMSs for: to bring a score, to see who is in a course, to ask for notices."""
