"""A picture of each page, into docs/screenshots: `make screenshots`.

The real service, worker and practice LMS, with people at a real browser; what came before a picture is set down in
the database as in tests/browser. In windows of 1280 × 800 or higher unless a name says otherwise.
Needs ffmpeg, as scripts/render_film.py does.
"""
