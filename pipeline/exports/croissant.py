"""Croissant 1.1 (http://mlcommons.org/croissant/1.1): `croissant.json` beside both Parquet files.

The context is that of the specification's appendix 1, with PROV-O for where the data come from.  The specification
wants a licence, an address, a creator and a date: they are there if a person gave them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pipeline.exports.parquet import CONFIGS

if TYPE_CHECKING:
    from pipeline.exports.origin import Origin
    from pipeline.store import Store

_VERSION: Final = "http://mlcommons.org/croissant/1.1"
_TERMS: Final = (
    *("annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "excludes"),
    *("extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes", "isArray"),
    *(
        "isLiveDataset",
        "jsonPath",
        "key",
        "md5",
        "parentField",
        "path",
        "readLines",
        "recordSet",
        "references",
    ),
    *("regex", "repeated", "replace", "samplingRate", "sdVersion", "separator", "source", "subField"),
    *("transform", "unArchive", "value"),
)
_CONTEXT: Final[dict[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS},
}
#: Arrow type → data type of a field.
_TYPES: Final = {"int64": "cr:Int64", "double": "cr:Float64"}


def write(origin: Origin, store: Store) -> None:
    """Write croissant.json and the data files."""
    for name in CONFIGS:
        store.put(f"data/{name}.parquet", origin.blocks(f"data/{name}.parquet"))
    store.put("croissant.json", json.dumps(_dataset(origin), ensure_ascii=False, indent=1).encode() + b"\n")


def _dataset(origin: Origin) -> dict[str, Any]:
    about, run = origin.about, origin.run
    said = {
        "license": about.license,
        "url": about.url,
        "version": about.version,
        "datePublished": about.published,
        "creator": {"@type": "sc:Organization", "name": about.creator} if about.creator else "",
    }
    software = {"@type": "prov:SoftwareAgent", "prov:label": f"{run['tool']} {run['version']}"}
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": about.name,
        "description": about.description or f"Documents cleaned by {run['tool']}, policy {run['policy']}",
        "conformsTo": _VERSION,
        **{key: value for key, value in said.items() if value},
        "inLanguage": origin.languages(),
        "prov:wasAttributedTo": software,
        "prov:wasGeneratedBy": {
            "@type": "prov:Activity",
            "prov:label": f"cleaning and removal of repeats, policy {run['policy']}",
            "prov:wasAssociatedWith": software,
        },
        "distribution": [_file(origin, name) for name in CONFIGS],
        "recordSet": [_records(origin, name) for name in CONFIGS],
    }


def _file(origin: Origin, name: str) -> dict[str, Any]:
    path = f"data/{name}.parquet"
    return {
        "@type": "cr:FileObject",
        "@id": f"{name}.parquet",
        "name": f"{name}.parquet",
        "description": CONFIGS[name],
        "contentUrl": path,
        "contentSize": f"{origin.size_of(path)} B",
        "encodingFormat": "application/x-parquet",
        "sha256": origin.hash_of(path),
    }


def _records(origin: Origin, name: str) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": CONFIGS[name],
        "key": {"@id": f"{name}/id"},
        "field": [_field(name, column, kind) for column, kind in origin.columns()],
    }


def _field(name: str, column: str, kind: str) -> dict[str, Any]:
    many = {"isArray": True, "arrayShape": "-1"} if kind.startswith("list") else {}
    return {
        "@type": "cr:Field",
        "@id": f"{name}/{column}",
        "name": column,
        "dataType": _TYPES.get(kind, "sc:Text"),
        **many,
        "source": {"fileObject": {"@id": f"{name}.parquet"}, "extract": {"column": column}},
    }
