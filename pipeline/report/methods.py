"""A paragraph of methods for a paper, from run.json: versions, settings that matter, and what came of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pipeline.report.show import number
from stages.decide import PERSON

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = ("zh", "en")

#: Language → sentences, each a line behind the figure without which it is left out.
_SENTENCES: Final = {
    "en": """
files: The texts were cleaned and repeats removed with {tool} {version} (policy {policy}; {packages}).
files: {in_} documents with {l2} characters after normalisation were read from {files} files\
 ({accepted} of {read} bytes accepted, {quarantined} quarantined, {skipped} skipped).
edits: Normalisation made {edits} edits, each of them recorded.
files: Candidate pairs were proposed by equal keys and by MinHash ({permutations} permutations; shingles of\
 {shingle} characters in scripts without spaces, {shingle} words elsewhere; {bands} bands of {rows}); each pair was\
 then checked by alignment on the text, and taken for near copies at an identity of at least {identity} over at\
 least {coverage} of the shorter text.
files: Pairs that differ in figures, dates or negation, or of which the text to be removed has substance of its\
 own, were kept (variants: {variants}, updates: {updates}); left to human judgement were {review} pairs.
files: Kept were {kept} documents ({kept_share}) and {kept_chars} characters ({chars_share}).
matched: Removed were {matched} documents ({tiers}), each for a kept document that it matches directly.
person: By decisions of people {person} documents were removed, so that {removed} are in all.
archived: Of these, {archived} were removed for documents of earlier corpora.
removed_chars: Of the characters, {removed_chars} were removed ({reasons}); all of them are recorded and can be\
 restored.
decisions: Decisions of people that were followed: {decisions}, each of them recorded.
""",
    "zh": """
files: 文本清洗与去重使用 {tool} {version}（策略 {policy}；{packages}）。
files: 共读取 {files} 个文件、{in_} 篇文档，规范化后计 {l2} 字符\
（读取 {read} 字节，其中接受 {accepted}、隔离 {quarantined}、跳过 {skipped}）。
edits: 规范化共作 {edits} 处修改，均有记录。
files: 候选文档对由相同文本键和 MinHash 提出（{permutations} 个置换；无空格文字取 {shingle} 字符片段，\
其他文字取 {shingle} 词片段；{bands} 个带，每带 {rows} 行），随后逐对在原文上作对齐核验：\
对齐部分一致率不低于 {identity}、且覆盖较短文本不少于 {coverage} 者，方视为近似副本。
files: 数字、日期或否定表述不同的文档对，以及待删一方含有独有实质内容的文档对，一律保留\
（异文 {variants} 对，更新 {updates} 对）；另有 {review} 对留待人工判断。
files: 最终保留文档 {kept} 篇（{kept_share}）、{kept_chars} 字符（{chars_share}）。
matched: 删除文档 {matched} 篇（{tiers}），每一篇均与所保留的文档直接匹配。
person: 依人工决定删除文档 {person} 篇，合计 {removed} 篇。
archived: 其中 {archived} 篇因与既有语料中的文档重复而删除。
removed_chars: 共删除 {removed_chars} 字符（{reasons}），均有记录，可以还原。
decisions: 所依人工决定共 {decisions} 项，均有记录。
""",
}
#: Language → names of tiers and reasons.
_NAMES: Final[dict[str, dict[str, str]]] = {
    "en": {
        "identical": "identical",
        "key-equal": "equal but for punctuation, width or case",
        "near": "near copies",
        "contained": "contained in another text",
        "decision": "in passages that people removed",
        "document": "in removed documents",
        "repeat": "in repeats inside a document",
        "furniture": "in site furniture",
        "passage": "in passages shared between documents",
    },
    "zh": {
        "identical": "完全相同",
        "key-equal": "除标点、全半角、大小写外相同",
        "near": "近似副本",
        "contained": "为另一文本所包含",
        "decision": "人工删除的段落",
        "document": "被删文档",
        "repeat": "文档内部重复",
        "furniture": "网站固定文字",
        "passage": "文档间共有段落",
    },
}
#: Language → mark between parts, between sentences, and how a count is named.
_MARKS: Final = {"en": (", ", " ", "{n} {name}"), "zh": ("、", "", "{name} {n}")}
_FOLLOWED: Final = ("applied", "stale")  # fates of decisions that are obeyed
_PACKAGES: Final = ("datasketch", "ftfy", "python", "unicode")


def methods_of(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the paragraph in each language, with the language."""
    return [(language, methods(run, language)) for language in LANGUAGES]


def methods(run: Mapping[str, Any], language: str) -> str:
    """Return a paragraph of methods in English ("en") or Chinese ("zh")."""
    figures = _figures(run, language)
    lines = (line.split(": ", 1) for line in _SENTENCES[language].strip().splitlines())
    sentences = [text for needed, text in lines if figures[needed] != "0"]
    return _MARKS[language][1].join(sentences).format(**figures)


def _figures(run: Mapping[str, Any], language: str) -> dict[str, str]:
    counts, settings = run["counts"], run["settings"]
    documents, characters = counts["documents"], counts["characters"]
    tiers = dict(documents["removed_by_tier"])
    person = tiers.pop(PERSON, 0)
    out = {
        "in_": documents["in"],
        "files": counts["files"],
        **{key: counts["bytes"][key] for key in ("read", "accepted", "quarantined", "skipped")},
        "l2": characters["l2"],
        "edits": sum(counts["edits"].values()),
        "variants": counts["pairs"].get("variant", 0),
        "updates": counts["pairs"].get("update", 0),
        "review": counts["review"],
        "kept": documents["kept"],
        "removed": documents["removed"],
        "person": person,
        "matched": documents["removed"] - person,
        "decisions": sum(counts["decisions"].get(fate, 0) for fate in _FOLLOWED),
        "archived": documents["removed_for_archives"],
        "kept_chars": characters["kept"],
        "removed_chars": characters["removed"],
    }
    return {
        **{key: number(value) for key, value in out.items()},
        **{key: str(run[key]) for key in ("tool", "version", "policy")},
        "packages": _MARKS[language][0].join(
            f"{name} {run['versions'][name]}" for name in _PACKAGES if name in run["versions"]
        ),
        "tiers": _listed(tiers, language),
        "reasons": _listed(characters["removed_by_reason"], language),
        "kept_share": _share(documents["kept"], documents["in"]),
        "chars_share": _share(characters["kept"], characters["l2"]),
        **{key: str(settings["fingerprint"][key]) for key in ("permutations", "shingle")},
        **{key: str(settings["candidates"][key]) for key in ("bands", "rows")},
        **{key: str(settings["verify"][key]) for key in ("identity", "coverage")},
    }


def _listed(counts: Mapping[str, int], language: str) -> str:
    rows = sorted(((n, name) for name, n in counts.items() if n), key=lambda row: (-row[0], row[1]))
    between, _, named = _MARKS[language]
    names = _NAMES[language]
    return between.join(named.format(n=number(n), name=names.get(name, name)) for n, name in rows)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "–"
