"""What an LMS has around its LTI platform: people, placed blocks, a gradebook."""
