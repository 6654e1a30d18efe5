"""What a message says: paragraphs and at most one link, as plain text and as plain HTML made from the same words."""

from dataclasses import dataclass
from html import escape

_STYLE = "font: 16px/1.5 system-ui, sans-serif; max-width: 34em; margin: 0 auto; padding: 24px; color: #1c1b1a"
_BUTTON = (
    "display: inline-block; padding: 8px 16px; border-radius: 6px; background: #3454d1; color: #ffffff; "
    "text-decoration: none"
)


@dataclass(frozen=True)
class Letter:
    """``paragraphs`` before the link, ``after`` it; ``link`` is an address of ours and ``act`` the verb on its button.

    Everything is text: what people are called cannot become markup.
    """

    subject: str
    paragraphs: tuple[str, ...]
    link: str = ""
    act: str = ""
    after: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The plain text; the link stands on a line of its own."""
        parts = (*self.paragraphs, *((f"{self.act}:\n{self.link}",) if self.link else ()), *self.after)
        return "\n\n".join(parts) + "\n"

    @property
    def html(self) -> str:
        """The same, for readers that show HTML: no picture, no script, nothing loaded from anywhere."""
        parts = [*map(_paragraph, self.paragraphs)]
        if self.link:
            address = escape(self.link)
            parts.append(f'<p><a href="{address}" style="{_BUTTON}">{escape(self.act)}</a></p>')
            parts.append(f'<p style="color: #6b6862; word-break: break-all">{address}</p>')
        parts += map(_paragraph, self.after)
        title = escape(self.subject)
        return (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
            f'<body><div style="{_STYLE}">\n' + "\n".join(parts) + "\n</div></body></html>\n"
        )


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"
