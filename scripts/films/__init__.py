"""The parts of a film: the voice that reads it, the pictures behind the voice, and the texts beside it."""
