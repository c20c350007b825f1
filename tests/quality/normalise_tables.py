"""Why changes to clean text are right, and which repairs of ftfy's are refused: labels and reasons, no texts."""

from __future__ import annotations

from typing import Final

#: What was changed in clean text → why it was a real defect.  Keys as `text_normalise.causes_of` gives them.
CLEAN_CHANGES: Final[dict[str, str]] = {
    "bidi U+200E": "a left-to-right mark, pasted along with a headline, in a line without right-to-left letters",
    "bidi U+200F": "a right-to-left mark before a Latin name, in a line without right-to-left letters",
    "control": "a control character, left by an editor or a converter",
    "entities": "a character reference in plain text",
    "joiners U+200C": "a non-joiner between two spaces joins nothing",
    "joiners U+FE0F": "a selector of emoji after a character that has no emoji form",
    "joiners U+200D": "a joiner that stands between no two emoji",
    "nfc (es)": "decomposed accents, from a file name or a PDF",
    "nfc (ja)": "decomposed voiced kana",
    "nfc (zh)": "a compatibility ideograph in Chinese text",
    "nfc (pages)": "decomposed accents",
    "nfc (hi)": "letters that the standard decomposes",
    "width_digits": "full-width digits or percent signs",
    "width_letters": "full-width letters",
    "width_kana": "half-width kana, or corner brackets and middle dots of half width",
    "width_marks": "a full-width sign between letters or digits",
    "zero_width U+00AD": "a soft hyphen, which shows only where a line of the page happened to break",
    "zero_width U+200B": "a zero-width space outside scripts that break words with it",
    "zero_width U+2060": "a word joiner",
    "zero_width U+FEFF": "a byte-order mark that the file begins with, or that was pasted along",
    "zero_width U+0020": "one of these, with the space beside it that would have been left double or at an end",
    "ligatures": "a ligature of a PDF font",
    "radicals": "a radical of a PDF font",
}

_LOSSY: Final = "bytes were lost: ftfy would put U+FFFD for them and so take the evidence away; kept, and flagged lossy_mojibake"
#: Labels of ftfy's own cases → why the repair is not made.
REFUSED: Final[dict[str, str]] = {
    "For goodness' sake. We can come close to fixing this, but fail in the last step": _LOSSY,
    "lossy UTF-8 / Windows-1250 mixup in Spanish": _LOSSY,
    "We can mostly decode the face above when we lose the character U+009D": _LOSSY,
    "Lossy decoding can have plain ASCII question marks, as well": _LOSSY,
    "A complex, lossy pile-up of mojibake in Portuguese": _LOSSY,
    "Messy language names: Slovak": _LOSSY,
    "Messy language names: Bulgarian": _LOSSY,
    "Messy language names: Russian": _LOSSY,
    "Messy language names: Serbian [Cyrillic]": _LOSSY,
    "Messy language names: Hindi": _LOSSY,
    "Messy language names: Tamil": _LOSSY,
    "Synthetic: lossy decoding in sloppy-windows-1252": _LOSSY,
}
#: Labels of what is no mojibake and is changed all the same → why.
CHANGED: Final[dict[str, str]] = {
    "Synthetic, false positive: the title of a manga, in weird capitalized romaji, with a non-breaking space": (
        "a circumflexed A before a no-break space is UTF-8 read as Latin-1 far more often than a title; as ftfy does"
    ),
}
