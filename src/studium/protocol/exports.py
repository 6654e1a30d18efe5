"""``GET /projects/{project_id}/exports/{path}?format=FORMAT``: a notebook in another format, as a download."""

from enum import StrEnum


class ExportFormat(StrEnum):
    """What a notebook can be exported as; the names are those of nbconvert. ``script`` is the code alone, as a program
    in the notebook's language. What has pictures beside the text comes as a zip file."""

    HTML = "html"
    PDF = "pdf"
    LATEX = "latex"
    MARKDOWN = "markdown"
    SCRIPT = "script"
    SLIDES = "slides"
    ASCIIDOC = "asciidoc"
    RST = "rst"
