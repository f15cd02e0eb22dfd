"""The ``trainer`` command: one file per group of commands, each a desk for the person at the keyboard."""
