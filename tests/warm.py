"""What a worker makes at its first document, made once, where the workers of the short form are copied from.

Pure code only: the threads of a library that has begun to work are not copied.
"""

from __future__ import annotations

from pipeline.passes import prepare
from pipeline.readers import Unit, read
from pipeline.settings import load

TEXT = "渡轮今日首航，船票七元。\nThe ferry sails today, and a ticket is seven yuan.\n" * 4
SETTINGS = load()

for media, text in (("txt", TEXT), ("html", f"<html><body><article><p>{TEXT}</p></article></body></html>")):
    data = text.encode()
    for item in read(Unit("", b"a", "a", "", media, 0, len(data), len(data)), data, SETTINGS.read):
        prepare(item, SETTINGS)
