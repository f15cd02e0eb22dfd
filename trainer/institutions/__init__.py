"""Institutions, their platforms (registrations, deployments) and the keys with which we speak to them."""
