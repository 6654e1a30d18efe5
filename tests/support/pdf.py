"""Small PDF files for tests, whole and true to the format."""


def pdf(pages: int, *, filler_bytes: int = 0) -> bytes:
    """A document with a line of text a page, an outline, a link to the web and one to a script on the first page, and a
    script that is to run when it is opened. ``filler_bytes`` lie in the middle, of no use to anybody."""
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    def stream(data: bytes) -> bytes:
        return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)

    catalog, tree, font, outlines, script = (add(b"") for _ in range(5))
    kids = []
    for number in range(1, pages + 1):
        text = b"BT /F1 24 Tf 72 700 Td (Page number %d of the paper) Tj ET" % number
        content = add(stream(text))
        annotations = b""
        if number == 1:
            web = add(
                b"<< /Type /Annot /Subtype /Link /Rect [72 600 200 620] /Border [0 0 1] "
                b"/A << /S /URI /URI (https://example.org/paper) >> >>"
            )
            bad = add(
                b"<< /Type /Annot /Subtype /Link /Rect [72 560 200 580] /Border [0 0 1] "
                b"/A << /S /JavaScript /JS (app.alert\\(1\\)) >> >>"
            )
            annotations = b"/Annots [%d 0 R %d 0 R]" % (web, bad)
        kids.append(
            add(
                b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
                b"/Resources << /Font << /F1 %d 0 R >> >> %s >>" % (tree, content, font, annotations)
            )
        )
        if number == pages // 2 and filler_bytes:
            add(stream(b"\0" * filler_bytes))
    item = add(b"<< /Title (The last page) /Parent %d 0 R /Dest [%d 0 R /Fit] >>" % (outlines, kids[-1]))
    objects[catalog - 1] = b"<< /Type /Catalog /Pages %d 0 R /Outlines %d 0 R /OpenAction %d 0 R >>" % (
        tree,
        outlines,
        script,
    )
    references = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[tree - 1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, references)
    objects[font - 1] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    objects[outlines - 1] = b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count 1 >>" % (item, item)
    objects[script - 1] = b"<< /S /JavaScript /JS (globalThis.owned = true; app.alert\\(1\\)) >>"
    data = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        data += b"%010d 00000 n \n" % place
    data += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, catalog, start)
    return bytes(data)
