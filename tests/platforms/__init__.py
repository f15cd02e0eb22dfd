"""LTI platforms that were written by others, in processes and virtual environments of their own."""
