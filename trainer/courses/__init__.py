"""Courses on a platform, the links placed in them, who came through, and the scores on their way back."""
