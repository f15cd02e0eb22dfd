"""Modules, their published editions, and the media they show."""
