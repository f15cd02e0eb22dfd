"""Where a form may lead back to: a page of ours, whatever the browser says."""


def own_path(path: str, *, below: str = "/") -> str:
    """``path`` when it is a plain path of ours that begins with ``below``, else that: never a way to another site."""
    is_plain = (
        path.startswith(below) and not path.startswith("//") and path.isprintable() and "\\" not in path
    )
    return path if is_plain else below
