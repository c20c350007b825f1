"""Every write to an object store: the only module that puts, copies and removes there.

A store puts an object whole or not at all, and replaces one in a step; it has no rename, no link and no lock.
What is read of it goes through `pipeline.remote`.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pipeline import remote
from pipeline.errors import OutputError, UsageError
from pipeline.remote import failing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pipeline.remote import Address

A = TypeVar("A")
B = TypeVar("B")
#: Stores of which it is known that they replace an object in one step, and set its time themselves.
WHOLE: Final = frozenset({"s3", "gs"})
_BLOCK: Final = 1 << 20  # bytes that are read and put at a time
_AT_ONCE: Final = 16  # requests


class Shelf:
    """What lies below an address, by name.

    Raises:
        UsageError: nothing can be put there, or the store cannot be reached.
    """

    def __init__(self, address: Address) -> None:
        if address.scheme not in WHOLE:
            raise UsageError(
                f"{address}: only s3:// and gs:// replace an object in one step; publish to one of them"
            )
        self.address = address
        try:
            self._store = remote.store(address.scheme, address.root)
        except OSError as error:
            raise UsageError(f"{address}: cannot be reached: {error.strerror}") from error

    def listed(self, below: str = "") -> dict[str, int]:
        """Return the size of each object, by name.

        Raises:
            OSError: the store does not list them.
        """
        place = remote.Address(self.address.scheme, self.address.root, self._below(below), folder=True)
        if not remote.kind(place):
            return {}
        prefix = f"{below}/" if below else ""
        return {prefix + entry.path.decode(): entry.size for entry in remote.listed(place)}

    def get(self, name: str) -> bytes | None:
        """Return an object; None where there is none.

        Raises:
            OSError: the store does not give it.
        """
        with suppress(FileNotFoundError):
            return b"".join(self.blocks(name))
        return None

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield an object piece by piece.

        Raises:
            OSError: it is not there, or the store does not give it.
        """
        with failing():
            file = self._store.system.open_input_file(self._path(name))
        with failing(), file:
            while block := file.read(_BLOCK):
                yield bytes(block)

    def put(self, name: str, data: bytes) -> None:
        """Put an object, or another in its place.

        Raises:
            OSError: the store does not take it.
        """
        with failing(), self._stream(name) as stream:
            stream.write(data)

    def put_file(self, name: str, path: Path, sha256: str) -> bool:
        """Put a file; return whether it had this hash.  One that breaks off leaves nothing, or less than its size.

        Raises:
            OSError: the file cannot be read, or the store does not take it.
        """
        digest = hashlib.sha256()
        with path.open("rb") as file:
            first = file.read(_BLOCK)
            with failing(), self._stream(name) as stream:
                block = first
                while block:
                    digest.update(block)
                    stream.write(block)
                    block = file.read(_BLOCK)
        return digest.hexdigest() == sha256

    def _stream(self, name: str) -> Any:  # noqa: ANN401 - a `pyarrow.NativeFile`
        """Return a stream to put an object by; left to itself, `pyarrow` compresses what is named as compressed."""
        return self._store.system.open_output_stream(self._path(name), compression=None)

    def copy(self, source: str, target: str) -> bool:
        """Have the store copy an object; return whether it did."""
        try:
            with failing():
                self._store.system.copy_file(self._path(source), self._path(target))
        except OSError:  # it is gone by now, or too large for that: it is put
            return False
        return True

    def remove(self, below: str) -> None:
        """Remove all objects below a name, a thousand in a request; that there are none is no error.

        Raises:
            OSError: the store refuses.
        """
        with suppress(FileNotFoundError), failing():
            self._store.system.delete_dir(self._path(below))

    def _below(self, name: str) -> str:
        return "/".join(part for part in (self.address.path, name) if part)

    def _path(self, name: str) -> str:
        return self._store.path(self._below(name))


def each(function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
    """Yield what a function gives for each, in order, some at a time: a store takes long to answer."""
    with ThreadPoolExecutor(_AT_ONCE) as asked:
        yield from asked.map(function, items)


def told(error: OSError, address: Address) -> OutputError:
    """Return the error of a command that could not put or remove something; the same command goes on."""
    return OutputError(f"{address}: cannot be written: {error.strerror}; nothing is lost, run again")
