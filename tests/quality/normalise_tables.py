"""Why changes to clean text are right, and which repairs of ftfy's are refused: labels and reasons, no texts."""

from __future__ import annotations

from typing import Final

#: What was changed in clean text → why it was a real defect.  Keys as `text_normalise.causes_of` gives them.
CLEAN_CHANGES: Final[dict[str, str]] = {}

#: Labels of ftfy's own cases → why the repair is not made.
REFUSED: Final[dict[str, str]] = {}
