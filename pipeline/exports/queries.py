"""Questions that corpus.db comes with, as canned queries of Datasette (metadata, 0.65): `corpus-metadata.json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pipeline.exports.bigrams import SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Documents with a word; of one in such a script its pairs of characters are asked for, as `bigrams` indexes them.
_WITH_A_WORD: Final = """
WITH RECURSIVE places(at) AS (
  SELECT 1 UNION ALL SELECT at + 1 FROM places WHERE at < length(:word) - 1
), phrase(words) AS (
  SELECT CASE WHEN :word GLOB '*[SCRIPTS]*'
    THEN '"' || group_concat(substr(:word, at, 2), ' ') || '"' || CASE length(:word) WHEN 1 THEN ' *' ELSE '' END
    ELSE '"' || replace(:word, '"', '""') || '"' END
  FROM (SELECT at FROM places ORDER BY at)
)
SELECT d.path, d.title, d.status, d.published, d.id FROM found JOIN documents d ON d.number = found.rowid
WHERE found MATCH (SELECT words FROM phrase) ORDER BY d.number LIMIT 200
""".replace("SCRIPTS", SCRIPTS)
#: Name → what it answers, and the query.
QUERIES: Final[dict[str, tuple[str, str]]] = {
    "largest_clusters": (
        "The largest clusters, with the document that was kept",
        (
            "SELECT c.size, d.path AS kept, d.title, c.why_kept, c.chain, c.id AS cluster FROM clusters c"
            " LEFT JOIN documents d ON d.id = c.kept ORDER BY c.size DESC, c.id LIMIT 200"
        ),
    ),
    "reprints_between_sources": (
        "How many documents of one source went for documents of another",
        (
            "SELECT r.source AS removed_source, coalesce(k.source, a.source) AS kept_source, count(*) AS documents,"
            " sum(r.chars) AS chars FROM documents r LEFT JOIN documents k ON k.id = r.of"
            " LEFT JOIN archived a ON a.id = r.of WHERE r.status = 'removed' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
        ),
    ),
    "most_removed": (
        "The files of which most characters were removed",
        (
            "SELECT path, count(*) AS documents, sum(status = 'removed') AS removed_documents,"
            " sum(removed_chars) AS removed_chars, sum(chars) AS chars FROM documents GROUP BY path"
            " ORDER BY 4 DESC, 1 LIMIT 200"
        ),
    ),
    "borderline_pairs": (
        "Pairs for a person to judge, then those nearest to the least identity of near copies",
        (
            "SELECT p.tier, p.identity, p.a_in_b, p.b_in_a, coalesce(a.path, p.a) AS a, coalesce(b.path, p.b) AS b,"
            " p.differences, p.why FROM pairs p LEFT JOIN documents a ON a.id = p.a LEFT JOIN documents b ON b.id = p.b"
            " WHERE p.tier IN ('review', 'near', 'contained', 'rejected') ORDER BY p.tier <> 'review', abs(p.identity -"
            " (SELECT json_extract(value, '$.verify.identity') FROM run WHERE key = 'settings')), p.a, p.b LIMIT 200"
        ),
    ),
    "what_happened": (
        "What happened to a path, or to all paths that hold a text",
        (
            "SELECT d.path, d.ordinal, d.status, d.tier, coalesce(k.path, a.path) AS kept_for, d.why, d.kept_chars,"
            " d.removed_chars, d.id FROM documents d LEFT JOIN documents k ON k.id = d.of"
            " LEFT JOIN archived a ON a.id = d.of WHERE instr(d.path, :path) UNION ALL"
            " SELECT path, NULL, status, reason, NULL, detail, NULL, NULL, NULL FROM skipped WHERE instr(path, :path)"
            " ORDER BY 1, 2 LIMIT 1000"
        ),
    ),
    "documents_with_a_word": (
        "Documents with a word: of Chinese two characters are enough",
        _WITH_A_WORD,
    ),
    "removed_by_rule": (
        "Removed pieces and their characters by reason and rule",
        "SELECT reason, rule, count(*) AS pieces, sum(chars) AS chars FROM spans GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2",
    ),
}
_FACETS: Final = {
    "documents": ("status", "tier", "source", "media", "language"),
    "spans": ("reason", "rule"),
    "pairs": ("tier",),
    "furniture": ("rule", "via"),
    "skipped": ("status", "reason"),
}


def metadata(run: Mapping[str, Any]) -> bytes:
    """Return what Datasette is started with, as JSON."""
    tables: dict[str, dict[str, Any]] = {name: {"facets": list(keys)} for name, keys in _FACETS.items()}
    tables["documents"] |= {"label_column": "path", "fts_table": "found", "fts_pk": "number"}
    queries = {name: {"title": title, "sql": sql} for name, (title, sql) in QUERIES.items()}
    value = {
        "title": f"{run['tool']} {run['version']}, policy {run['policy']}",
        "databases": {"corpus": {"queries": queries, "tables": tables}},
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
