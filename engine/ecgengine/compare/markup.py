"""Write HTML and SVG tag by tag; text that is not markup is escaped."""

from __future__ import annotations

from html import escape

_VOID = frozenset(("br", "col", "img", "link", "meta"))


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: object) -> Markup:
    """Write an element; children that are not Markup are escaped, and so is every attribute.

    `class_` stands for `class`, `font_size` for `font-size`. An attribute that is None is left
    out; one that is True has no value.
    """
    words = [name]
    for key, value in attributes.items():
        if value is None:
            continue
        shown = key.rstrip("_").replace("_", "-")
        words.append(shown if value is True else f'{shown}="{escape(_short(value))}"')
    start = f"<{' '.join(words)}>"
    if name in _VOID:
        return Markup(start)
    return Markup(f"{start}{joined(children)}</{name}>")


def joined(children: tuple[str, ...] | list[str], between: str = "") -> Markup:
    """Put children side by side, escaping those that are not Markup."""
    return Markup(
        between.join(
            child if isinstance(child, Markup) else escape(child, quote=False) for child in children
        )
    )


def _short(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
