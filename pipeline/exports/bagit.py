"""BagIt 1.0 (RFC 8493): a bag whose payload is the whole output, which `verify` checks where it lies.

The manifest is that of SHA-256, of which the output has the hashes already.  Line ends and percent signs in names
are percent-encoded (RFC 8493, 2.1.3).  There is no Bagging-Date: nothing of an export tells of a clock.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pipeline.manifest import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.exports.origin import Origin
    from pipeline.store import Directory

_ENCODED: Final = re.compile("[%\n\r]")


def write(origin: Origin, store: Directory) -> None:
    """Write the payload, then its manifest, what the bag is, and the manifest of these."""
    for name in origin.names:
        store.put(f"data/{name}", origin.blocks(name))
    store.put(f"data/{MANIFEST}", origin.manifest)
    payload = store.records
    size = sum(size for _, _, size in payload)
    store.put("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    store.put("bag-info.txt", "".join(_information(origin, f"{size}.{len(payload)}")).encode())
    store.put("manifest-sha256.txt", _manifest(payload))
    tags = [record for record in store.records if not record[0].startswith("data/")]
    store.put("tagmanifest-sha256.txt", _manifest(tags))


def _information(origin: Origin, oxum: str) -> Iterator[str]:
    run, about = origin.run, origin.about
    documents = run["counts"]["documents"]
    made = f"{documents['kept']} of {documents['in']} documents kept by {run['tool']} {run['version']}"
    fields = {
        "Source-Organization": about.creator,
        "External-Description": f"{about.description or about.name}: {made}, policy {run['policy']}",
        "External-Identifier": f"sha256:{origin.identity}",
        "Bag-Software-Agent": f"{run['tool']} {run['version']}",
        "Payload-Oxum": oxum,
    }
    for label, value in fields.items():
        if value:
            yield f"{label}: {' '.join(value.split())}\n"


def _manifest(records: Sequence[tuple[str, str, int]]) -> Iterator[bytes]:
    for name, sha256, _ in records:
        yield f"{sha256}  {_ENCODED.sub(lambda m: f'%{ord(m[0]):02X}', name)}\n".encode()
