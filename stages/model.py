"""The vocabulary: the frozen values every stage speaks.

Layers of a text, each hashed: L0 source bytes, L1 decoded or extracted text, L2 normalised text,
L3 canonical copy.  A span is a half-open range of code points in the layer its field names.
Line numbers are L1's, counted from 1; LF, CRLF and CR end a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Role(StrEnum):
    """What a paragraph is to the document it stands in."""

    BODY = "body"
    HEADING = "heading"  # short, no sentence end
    METADATA = "metadata"  # dateline, publication line: kept, never furniture, not guarded
    FURNITURE = "furniture"  # of the site, not of the article


class RepeatClass(StrEnum):
    """How much of a document a repeat inside it is."""

    COPY = "copy"  # a whole copy of the article
    BLOCK = "block"  # a run of paragraphs
    PARAGRAPH = "paragraph"  # one long paragraph
    RECURRING = "recurring"  # refrain, label, same passage in two items: kept and listed


class Tier(StrEnum):
    """What a checked pair of documents is."""

    IDENTICAL = "identical"  # code-point-equal comparison views
    KEY_EQUAL = "key-equal"  # equal keys
    NEAR = "near"  # aligned over most of both
    CONTAINED = "contained"  # the shorter lies in the longer
    SHARED = "shared"  # passages in common, different articles
    VARIANT = "variant"  # figures, dates or negation differ: kept
    UPDATE = "update"  # each has, or the removed one has, substance of its own: kept
    REVIEW = "review"  # a short name is the only difference: kept, for a person to judge
    REJECTED = "rejected"  # a candidate that the text did not bear out


class Policy(StrEnum):
    """Which facts lead to a removal; the table is in `stages.decide`."""

    CAUTIOUS = "cautious"
    STANDARD = "standard"
    TRAINING = "training"
    ANNOTATE = "annotate"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points in a named layer."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"span {self.start}..{self.end}: start must be 0 or more and not past the end")

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement between two layers: `old`, standing at `start` in the earlier one, became `new`.

    Lists of edits are sorted by `start` and do not overlap (`stages.edits` applies and undoes them).
    """

    rule: str  # one rule name, or several joined with "+" where rules met in one place
    start: int  # code points, earlier layer
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A document that could not be read: a value that is counted and listed, never an exception."""

    reason: str  # a key of `REASONS`
    detail: str


#: Every quarantine reason and what it means; the documentation lists them from here.
REASONS: dict[str, str] = {
    "archive": "the archive, or a member of it, cannot be read as a whole",
    "binary": "the bytes are not text (a known binary signature, or too many NULs)",
    "bomb": "it unpacks to more than the limits allow",
    "csv": "the table, or a row of it, cannot be read without loss",
    "damaged": "the compressed data is cut or damaged",
    "decode": "no encoding reads the bytes without too many errors",
    "encrypted": "the member of the archive is encrypted",
    "html_depth": "the page nests deeper than the parser goes: its text would be cut",
    "html_empty": "the page has no text that could be extracted",
    "html_parse": "the page could not be parsed",
    "http": "the body of the response cannot be unpacked",
    "failed": "an error of ours, or of a library, stopped the document",
    "json": "the record is not a JSON object that can be read without loss",
    "json_text": "the record has no text field, or the field is not a string",
    "line_too_long": "a line is longer than the limit",
    "memory": "the document took more memory than the limit",
    "nested": "an archive inside an archive, or compressed data inside compressed data",
    "no_text_column": "no column of the table is known as the text",
    "parquet": "the table, or a row of it, cannot be read without loss",
    "too_large": "the file is larger than the limit",
    "timeout": "the document took longer than the limit",
    "unreadable": "the operating system refused to give the bytes",
    "unknown_type": "no reader for files of this type",
    "changed": "the file changed while it was read",
    "warc": "the record is not a whole WARC record",
    "worker_died": "the process that read the document died",
}


@dataclass(frozen=True, slots=True)
class Repair:
    """Bytes of a source that became something other than their encoding makes of them."""

    rule: str  # `stages._reading.RULES` says what each means
    start: int  # bytes after the byte-order mark, L0
    raw: str  # the bytes, in hex; bad sequences that stand side by side are one repair
    text: str  # what they became in L1: U+FFFD for each sequence that was lost


@dataclass(frozen=True, slots=True)
class Decoded:
    """L1 of a text file, and how the bytes became it."""

    text: str  # L1: line ends as they stood in the file; the byte-order mark is not part of it
    encoding: str  # Python codec name that was used
    bom: bytes  # the byte-order mark that was taken off, or b""
    how: str  # the rule that found it: `stages.decode` lists them
    evidence: str  # one line for people
    errors: int  # bytes or sequences that became U+FFFD
    exact: bool  # bom + text.encode(encoding) == source bytes; else the raw bytes go to ledger/blobs
    repairs: tuple[Repair, ...] = ()  # sorted by start; with them every byte of the source is explained


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the text or its container says about itself; absent is None.  `rules` says what found each field."""

    title: str | None = None
    url: str | None = None
    published: str | None = None  # ISO 8601, as precise as the text is
    source: str | None = None
    author: str | None = None
    id: str | None = None  # what its container calls it; no part of our own ids
    rules: tuple[tuple[str, str], ...] = ()  # (field, rule)


@dataclass(frozen=True, slots=True)
class Extracted:
    """L1 of a page: its article text, one paragraph a line, and what was left aside."""

    text: str
    metadata: Metadata
    extractor: str  # names and versions of the extractors that were asked; the chosen one first
    agreement: float  # 0..1, mean 4-gram F1 of the chosen text with the others'
    visible_chars: int  # code points of visible text in the page, white space folded
    unextracted_chars: int  # of those, not in `text`
    heavy: bool = False  # whether an extractor was not asked, because the page is too long or too deep for it


@dataclass(frozen=True, slots=True)
class Normalised:
    """A later layer: the text, the edits that led to it from the earlier one, and flags."""

    text: str
    edits: tuple[Edit, ...]
    flags: tuple[str, ...] = ()  # sorted keys of `FLAGS`
    blocks: tuple[WrapBlock, ...] = ()  # of `segment`: how the earlier text was divided into lines


#: How paragraphs are divided into lines in a block of a text; the documentation lists them from here.
WRAP_MODES: dict[str, str] = {
    "plain": "one paragraph a line, with no more mark",
    "blank-lines": "one paragraph a line, most of them after a blank line",
    "indented": "one paragraph a line, most of them with an indent",
    "wrapped": "lines cut at a column; where paragraphs end is told by short lines alone",
    "wrapped-blank-lines": "lines cut at a column, most paragraphs after a blank line",
    "wrapped-indented": "lines cut at a column, most paragraphs with an indent",
}


@dataclass(frozen=True, slots=True)
class WrapBlock:
    """Lines in a row that were divided in one way, and the evidence for it."""

    first_line: int  # from 1, both inclusive; of L1, once the document is prepared
    last_line: int
    mode: str  # a key of `WRAP_MODES`
    column: int = 0  # where lines were cut; 0 where they were not
    measure: str = ""  # what the column counts: "characters", "cells", or "words" (cells, cut between words)
    full: int = 0  # lines that reach the column
    mid: int = 0  # of those, lines that end in mid-sentence
    joined: int = 0  # lines that were joined with the next


#: Every flag a document can carry; the documentation lists them from here.
FLAGS: dict[str, str] = {
    "nfkc_punctuation": "half-width punctuation in Chinese text: somebody ran NFKC; kept as received",
    "replacement_char": "U+FFFD stands in the text: bytes were lost before or while decoding",
    "private_use": "private-use characters stand in the text",
    "lossy_mojibake": "mojibake that cannot be undone; kept as received",
    "mojibake": "looks like mojibake, with characters lost or in doubt; such lines are kept as received",
    "norm_unstable": "normalisation reached no fixed point within its limit",
    "wrapped": "lines were hard-wrapped and have been joined",
    "wrap_unknown": "lines look hard-wrapped, without a mark of where paragraphs end; joined only in mid-sentence",
    "over_removed": "partial removals would have taken nearly all of the document; it was kept whole",
    "figures_differ": "copies inside the file differ in figures; read the note",
    "low_extraction": "little of the page's visible text was extracted",
    "heavy_page": "the page is so long, or its markup so deep, that an extractor was not asked, or none",
    "source_gone": "its input is gone; it stays as an earlier run read it, until --prune",
    "source_unread": "its input could not be read; it stays as an earlier run read it, until it can, or --prune",
}


#: Every rule of an edit and what it does; the documentation and the report list them from here.  Rules that name
#: what they undid have that after a colon: `mojibake:WRITTEN>READ`, `ftfy:ACTION:PARAMETER`.
RULES: dict[str, str] = {
    "newline": "one kind of line end: LF",
    "mojibake": "Chinese, Japanese or Korean text read with the wrong codec, read again",
    "entities": "character references; never a tag, a line end or a control character",
    "ftfy": "UTF-8 that was read as a single-byte codec, C1 controls, terminal escapes, halves of surrogate pairs",
    "control": "drops control characters",
    "zero_width": "drops invisible characters, but not the word breaks of scripts that need them",
    "joiners": "drops joiners and variation selectors that join or vary nothing",
    "bidi": "drops direction marks in lines without right-to-left letters",
    "wide_space": "U+E5E5, which GBK A3A0 gives, to the ideographic space",
    "width_letters": "full-width letters to ASCII",
    "width_digits": "full-width digits and percent signs to ASCII, with the comma and point inside a number",
    "width_marks": "full-width signs between ASCII letters or digits to ASCII",
    "width_kana": "half-width kana and its marks to full width",
    "ligatures": "opens the Latin ligatures of PDF fonts",
    "radicals": "radicals to the characters they stand for",
    "combining_cap": "drops what of a run of combining marks goes past 30",
    "nfc": "Unicode normal form C; in Japanese text compatibility ideographs stay",
    "space_start": "takes out a single space at the head of a line",
    "space_end": "takes out spaces at the end of a line",
    "space_run": "one space for several",
    "space_kind": "a plain space for a tab, a no-break space or an ideographic one",
    "space_nobreak": "one kind of no-break space before French marks and in numbers",
    "space_spread": "closes up a line that was spaced out character by character",
    "restore_punct": "half-width marks of Chinese text to full width, on request only",
    "unwrap": "joins hard-wrapped lines",
    "blank_lines": "takes out blank lines between paragraphs",
    "indent": "takes out the indent of a paragraph",
    "final_newline": "one LF at the end of the text",
}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of L2 that is not blank, without its line end."""

    start: int  # L2
    end: int  # L2, before the line end
    first_line: int  # L1 lines it came from, both inclusive
    last_line: int
    role: Role = Role.BODY
    rule: str = ""  # what gave the role, e.g. the furniture rule

    @property
    def span(self) -> Span:
        """The paragraph in L2."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Language:
    """What the script of the letters tells of a language."""

    tag: str  # as BCP 47 has it: a language, with a script where it has two; or a script; "mul", "und"
    share: float  # of all letters


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The key of a text as tokens, in columns of one length.

    A token is one Han, kana, Hangul, Thai... character, or one word or number of any other script.
    Punctuation and spaces are no tokens; a decimal point, sign or percent mark belongs to its number.
    """

    hashes: NDArray[np.uint64]  # of the folded characters
    starts: NDArray[np.int64]  # where the token stands in the text
    ends: NDArray[np.int64]
    kinds: NDArray[np.uint8]  # 0 character, 1 word, 2 number

    def __len__(self) -> int:
        return int(self.hashes.size)


@dataclass(frozen=True, slots=True, eq=False)
class JoinedTokens:
    """The key tokens of several texts in one column, with their places in the joined text."""

    key: Tokens
    begins: NDArray[np.int64]  # of each text, in the joined one
    edges: NDArray[np.int64]  # its first token; at the end, how many there are

    def of(self, number: int) -> Tokens:
        """Return the key tokens of one text, with their places in it."""
        here = slice(*self.edges[number : number + 2].tolist())
        key, at = self.key, self.begins[number]
        return Tokens(key.hashes[here], key.starts[here] - at, key.ends[here] - at, key.kinds[here])


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two aligned texts differ; an empty side is an insertion."""

    a: Span
    b: Span
    a_text: str
    b_text: str
    kind: str  # "edit", "number", "date", "negation", "only_a", "only_b", "name", "format", "title"


@dataclass(frozen=True, slots=True)
class Scores:
    """How alike two texts are; fractions of 1.  Reported to people; thresholds read them as facts."""

    estimate: float  # MinHash estimate of the Jaccard similarity
    jaccard: float  # exact, on shingle sets
    a_in_b: float  # containment: share of a's shingles that b has
    b_in_a: float
    identity: float  # equal characters within the aligned part
    a_aligned: float  # share of a's characters inside the aligned part
    b_aligned: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the text says of a candidate pair (a, b): the fact that policies read."""

    tier: Tier
    scores: Scores
    only_a: bool  # a has substance that b lacks: a must not be removed for b
    only_b: bool
    shares_lead: bool  # the shorter begins where the longer begins (headline or first paragraph)
    differences: tuple[Difference, ...]  # at most the cap of the settings, the weightiest first
    reason: str  # one line for people


@dataclass(frozen=True, slots=True)
class Repeat:
    """A passage that stands twice in one document."""

    cls: RepeatClass
    kept: Span  # L2, the passage that stays
    removed: Span  # L2, the passage that repeats it
    kept_lines: tuple[int, int]  # L1 lines, inclusive
    removed_lines: tuple[int, int]
    lines_equal: int  # paragraphs of the repeat with the same key as their counterpart
    lines_total: int
    cuts: tuple[Span, ...]  # L2: what a removal takes away; what is unique in `removed` is not in it
    scores: Scores
    differences: tuple[Difference, ...]
    figures_differ: bool
    reason: str
