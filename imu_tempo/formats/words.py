"""Shortening what a file says so that an error stays one line."""

from __future__ import annotations

_SHOWN_NAMES = 8
_CELL_WIDTH = 40
_CAUSE_WIDTH = 100


def is_number(text: str) -> bool:
    """Whether ``text`` is a number as programs write them; Python alone takes ``1_000`` and other digits."""
    if "_" in text or not text.isascii():
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True


def clip(text: str, width: int = _CELL_WIDTH) -> str:
    """Return ``text``, cut to ``width`` characters."""
    return text if len(text) <= width else text[: width - 3] + "..."


def shorten(names: list[str]) -> str:
    """Return a list of names as words, the first few of many."""
    shown = ", ".join(clip(name) for name in names[:_SHOWN_NAMES])
    return shown + (f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else "")


def first_sentence(error: BaseException) -> str:
    """Return an error's first line without its full stop, or its type where it says nothing."""
    return clip(str(error).splitlines()[0].rstrip("."), _CAUSE_WIDTH) if str(error) else type(error).__name__
