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
    "json": "the record is not a JSON object that can be read without loss",
    "json_text": "the record has no text field, or the field is not a string",
    "line_too_long": "a line is longer than the limit",
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
class Decoded:
    """L1 of a text file, and how the bytes became it."""

    text: str  # L1: line ends as they stood in the file; the byte-order mark is not part of it
    encoding: str  # Python codec name that was used
    bom: bytes  # the byte-order mark that was taken off, or b""
    how: str  # the rule that found it: `stages.decode` lists them
    evidence: str  # one line for people
    errors: int  # bytes or sequences that became U+FFFD
    exact: bool  # bom + text.encode(encoding) == source bytes; else the raw bytes go to ledger/blobs


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


@dataclass(frozen=True, slots=True)
class Normalised:
    """A later layer: the text, the edits that led to it from the earlier one, and flags."""

    text: str
    edits: tuple[Edit, ...]
    flags: tuple[str, ...] = ()  # sorted keys of `FLAGS`


#: Every flag a document can carry; the documentation lists them from here.
FLAGS: dict[str, str] = {
    "nfkc_punctuation": "half-width punctuation in Chinese text: somebody ran NFKC; kept as received",
    "replacement_char": "U+FFFD stands in the text: bytes were lost before or while decoding",
    "private_use": "private-use characters stand in the text",
    "lossy_mojibake": "mojibake that cannot be undone; kept as received",
    "mojibake": "looks like mojibake, with characters already lost; kept as received",
    "norm_unstable": "normalisation reached no fixed point within its limit",
    "wrapped": "lines were hard-wrapped and have been joined",
    "wrap_unknown": "lines look hard-wrapped, without a mark of where paragraphs end; joined only in mid-sentence",
    "over_removed": "partial removals would have taken nearly all of the document; it was kept whole",
    "figures_differ": "copies inside the file differ in figures; read the note",
    "low_extraction": "little of the page's visible text was extracted",
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
