"""Buddy Trainer: one Flask service that serves the online training of leerbuddies inside the LMS of their programme.

``core`` is the ground (no word of the domain), the subjects ``institutions``, ``people``, ``catalogue``, ``learning``
and ``courses`` say what is true, the ``desks`` say who is served.  See docs/architecture.md.
"""

__version__ = "0.1.0"
