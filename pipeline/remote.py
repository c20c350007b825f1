"""Object stores by their addresses: what lies below one, and its bytes; all of it goes through `pyarrow.fs`.

    s3://BUCKET/KEY   gs://BUCKET/KEY   hdfs://HOST:PORT/PATH   viewfs://…   and the schemes of `fsspec`

Who may read there is said by the environment or the files that the tools of a store have, never by an address: what
stands in a command line is seen by all.  What goes wrong in a store becomes the error that the system has for a file.
"""

from __future__ import annotations

import errno
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import unquote_to_bytes

from pipeline.errors import UsageError, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ADDRESS: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/]*)(?:/(.*))?", re.DOTALL)
_OUTPUT: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_ANONYMOUS: Final = "anonymous@"  # before a bucket: no credentials are looked for
#: Scheme → what stands before the bucket or host that is no secret.
_USERS: Final = {"s3": re.compile(_ANONYMOUS), "gs": re.compile(_ANONYMOUS)}
_USER: Final = re.compile(r"[^:@]+@")
_BUCKETS: Final = frozenset({"s3", "gs"})  # whose keys are not decoded, and whose times they alone set
_ALIKE: Final = {"s3a": "s3", "s3n": "s3", "gcs": "gs"}  # what others call these schemes
_HADOOP: Final = frozenset({"hdfs", "viewfs"})
_TRIES: Final = 4  # of a request
_CONNECT, _REQUEST = 10, 60  # seconds until a try is given up

_QUOTED: Final = re.compile(r"'[^']*'")
#: What the words of a store mean; the first that fits.  None of them reaches an output but as the system's words.
_SIGNS: Final = (
    (
        r"ACCESS_DENIED|FORBIDDEN|\b403\b|SIGNATURE|INVALID_ACCESS|INVALID_CLIENT|TOKEN|UNAUTH|PERMISSION",
        errno.EACCES,
    ),
    (r"NO_SUCH|NOT_FOUND|NOT FOUND|\b404\b|DOES NOT EXIST", errno.ENOENT),
    (r"TIMEOUT|TIMED OUT", errno.ETIMEDOUT),
    (r"RESOLVE HOST|NETWORK|CONNECT|UNAVAILABLE", errno.EHOSTUNREACH),
)


@dataclass(frozen=True, slots=True)
class Address:
    """A place in a store."""

    scheme: str
    root: str  # bucket; or host, with its port and user; may be empty
    path: str  # below it; empty for all of it
    folder: bool = False  # all keys below it are meant, also where it is a key itself

    def __str__(self) -> str:
        """Return the address as it may be shown."""
        return "/".join(part for part in (f"{self.scheme}://{self.root}", self.path) if part)

    @property
    def name(self) -> str:
        """What an input is called by: its last folder, or its bucket or host."""
        return self.path.rpartition("/")[2] or self._plain_root or self.scheme

    @property
    def parent(self) -> str:
        """What the folder above is called, or its bucket."""
        return self.path.rpartition("/")[0].rpartition("/")[2] or self._plain_root or self.scheme

    @property
    def _plain_root(self) -> str:
        return self.root.rpartition("@")[2].partition(":")[0]


#: An input: of this machine, or in a store.
Place: TypeAlias = Path | Address


def place(text: str) -> Place:
    """Return what a person names: a path of this machine, or an address.

    Raises:
        UsageError: it is an address that names no place, or holds what should not stand in a command line.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return Path(text)
    scheme, root, path = found[1].lower(), found[2], found[3] or ""
    scheme = _ALIKE.get(scheme, scheme)
    shown = safe(
        f"{scheme}://{root.rpartition('@')[2]}/…"
    )  # what stands before @ or behind ? may be a secret
    if scheme == "file":
        if root not in {"", "localhost"}:
            raise UsageError(f"{shown}: a file of another machine; name a path that this one sees")
        return Path(os.fsdecode(b"/" + unquote_to_bytes(path)))
    _refuse(scheme, root, path, shown)
    return Address(scheme, root, path.strip("/"), folder=path.endswith("/"))


def _refuse(scheme: str, root: str, path: str, shown: str) -> None:
    user = root[: root.rfind("@") + 1]
    if user and not _USERS.get(scheme, _USER).fullmatch(user):
        raise UsageError(
            f"{shown}: credentials do not belong into an address, which others see; say them in the environment "
            "or in the files of the store's own tools"
        )
    if "?" in root + path:
        raise UsageError(
            f"{shown}: an address has nothing behind a question mark; region and endpoint are said in the "
            "environment (AWS_REGION, AWS_ENDPOINT_URL)"
        )
    if scheme in _BUCKETS and not root.removeprefix(user):
        raise UsageError(f"{shown}: names no bucket")
    parts = path.strip("/").split("/")
    if path.strip("/") and any(part in {"", ".", ".."} for part in parts):
        raise UsageError(f"{shown}: a part of the address is empty, . or ..")


def is_address(text: str) -> bool:
    """Return whether a text is an address; absolute paths are none."""
    return _ADDRESS.match(text) is not None


def here(places: Iterable[Place]) -> list[Path]:
    """Return those that are paths of this machine."""
    return [one for one in places if isinstance(one, Path)]


def shown(one: Place) -> str:
    """Return a place as messages name it."""
    return safe(os.fspath(one) if isinstance(one, Path) else str(one))


def is_folder(one: Place) -> bool:
    """Return whether a place is a folder.

    Raises:
        UsageError: it is in a store that cannot be asked.
    """
    if isinstance(one, Path):
        return one.is_dir()
    try:
        return kind(one) == "folder"
    except OSError as error:
        raise UsageError(f"{shown(one)}: cannot be read: {error.strerror}") from error


def refuse_output(out: Path) -> None:
    """Refuse an address as an output: a path has one slash left of its two.

    Raises:
        UsageError: it is one.
    """
    if _OUTPUT.match(os.fspath(out)) and not os.path.lexists(out):
        raise UsageError(f"{safe(os.fspath(out))}: an output is a folder of this machine, not an address")


# Stores


@dataclass(frozen=True, slots=True)
class Store:
    """A bucket, or what is below a host."""

    system: Any  # a `pyarrow.fs.FileSystem`
    prefix: str  # of paths in it
    times: bool = False  # whether nobody but the store sets the time of an object

    def path(self, path: str) -> str:
        """Return a path as the system has it."""
        return f"{self.prefix}/{path}" if path else self.prefix or "/"


@lru_cache(maxsize=64)
def store(scheme: str, root: str) -> Store:
    """Return a store; in each process it is opened once.

    Raises:
        UsageError: nothing that is installed reads such addresses.
        OSError: it cannot be reached.
    """
    with failing():
        if scheme == "s3":
            return _s3(root)
        if scheme == "gs":
            return _gs(root)
        if scheme in _HADOOP:
            import pyarrow.fs

            return Store(pyarrow.fs.FileSystem.from_uri(f"{scheme}://{root}/")[0], "")
        return _other(scheme, root)


def _s3(root: str) -> Store:
    import pyarrow.fs

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None
    bucket = root.removeprefix(_ANONYMOUS)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None
    system = pyarrow.fs.S3FileSystem(
        anonymous=bucket != root,
        endpoint_override=endpoint,
        region=region or (pyarrow.fs.resolve_s3_region(bucket) if endpoint is None else None),
        retry_strategy=pyarrow.fs.AwsStandardS3RetryStrategy(max_attempts=_TRIES),
        allow_delayed_open=True,  # a small object is put in one request
        connect_timeout=_CONNECT,
        request_timeout=_REQUEST,
    )
    return Store(system, bucket, times=True)


def _gs(root: str) -> Store:
    import datetime as dt

    import pyarrow.fs

    bucket = root.removeprefix(_ANONYMOUS)
    limit = dt.timedelta(seconds=_REQUEST)
    system = pyarrow.fs.GcsFileSystem(anonymous=bucket != root, retry_time_limit=limit)
    return Store(system, bucket, times=True)


def _other(scheme: str, root: str) -> Store:
    import pyarrow.fs

    try:
        import fsspec

        system, prefix = fsspec.core.url_to_fs(f"{scheme}://{root}/")
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"{safe(scheme)}://: nothing that is installed reads such addresses; s3, gs, hdfs, viewfs and file are "
            "read as they are, those of fsspec with the extra [remote] and the package that fsspec names for them"
        ) from error
    return Store(pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(system)), prefix.rstrip("/"))


@contextmanager
def failing() -> Iterator[None]:
    """Turn whatever a store fails with into an error of the system; its own words may name hosts and requests.

    Raises:
        OSError: the block failed.
    """
    try:
        yield
    except UsageError:
        raise
    except Exception as error:  # the edge of a store: behind fsspec each has errors of its own
        number = _number(error)
        raise OSError(number, os.strerror(number)) from error


def _number(error: Exception) -> int:
    if isinstance(error, OSError) and error.errno:
        return error.errno
    text = _QUOTED.sub("", str(error)).upper()  # names of objects are quoted
    return next((number for sign, number in _SIGNS if re.search(sign, text)), errno.EIO)


# Objects


@dataclass(frozen=True, slots=True)
class Entry:
    """What a listing has of an object."""

    path: bytes  # below the address; of the one at it, its name
    size: int  # bytes; -1 where the store does not say
    changed: int | None  # when, in nanoseconds, if nobody but the store sets that


def kind(address: Address) -> str:
    """Return what is at an address: "file", "folder", or nothing.

    Raises:
        UsageError: nothing reads such addresses.
        OSError: the store cannot be asked.
    """
    import pyarrow.fs

    found = store(address.scheme, address.root)
    with failing():
        info = found.system.get_file_info(found.path(address.path))
        if info.type == pyarrow.fs.FileType.NotFound:
            return ""
        if info.type != pyarrow.fs.FileType.File:
            return "folder"
        return "folder" if address.folder else "file"


def listed(address: Address) -> list[Entry]:
    """Return all objects below an address, in no order; or the one at it.

    Raises:
        OSError: the store cannot be asked.
    """
    import pyarrow.fs

    found = store(address.scheme, address.root)
    base = found.path(address.path)
    with failing():
        if kind(address) == "file":
            infos = [found.system.get_file_info(base)]
        else:
            infos = found.system.get_file_info(pyarrow.fs.FileSelector(base, recursive=True))
    files = [info for info in infos if info.type == pyarrow.fs.FileType.File]
    below = (
        base.rpartition("/")[0] + "/" if [info.path for info in files] == [base] else base.rstrip("/") + "/"
    )
    if not all(info.path.startswith(below) for info in files):
        raise OSError(errno.EIO, "the store names other paths than it was asked for")
    return [
        Entry(
            os.fsencode(info.path.removeprefix(below)),
            -1 if info.size is None else info.size,
            info.mtime_ns if found.times else None,
        )
        for info in files
    ]


@dataclass(frozen=True, slots=True)
class Known:
    """Which state of an object this is."""

    size: int
    mark: str  # another after each change, as far as the store tells


class Object:
    """An object, open for reading.

    Raises:
        OSError: it is not there, or the store does not give it.
    """

    def __init__(self, address: str) -> None:
        found = _ADDRESS.fullmatch(address)
        if found is None:
            raise ValueError(f"no address: {address!r}")
        self._store = store(found[1], found[2])
        self._path = self._store.path(found[3] or "")
        self._file = self._opened()
        self.first = self._known(self._file)

    def now(self) -> Known:
        """Return which state is there by now."""
        with failing(), self._opened() as file:
            return self._known(file)

    def read(self, start: int, size: int) -> bytes:
        """Return a range; less of it at the end.

        Of an object that has shrunk meanwhile, `pyarrow` gives zeros for what is missing: ask `now` before it counts.

        Raises:
            OSError: the store does not give it.
        """
        if size <= 0:
            return b""
        try:
            with failing():
                return bytes(self._file.read_at(size, start))
        except OSError:
            self.now()  # says so if it is gone
            raise

    def close(self) -> None:
        """Close it."""
        with failing():
            self._file.close()

    def _opened(self) -> Any:  # noqa: ANN401 - a `pyarrow.NativeFile`
        with failing():
            return self._store.system.open_input_file(self._path)

    def _known(self, file: Any) -> Known:  # noqa: ANN401 - same
        with failing():
            told = {name.lower(): value for name, value in (_metadata(file) or {}).items()}
            mark = (told.get("etag"), told.get("last-modified"), told.get("generation"))
            if any(mark):
                return Known(file.size(), repr(mark))
            return Known(file.size(), str(self._store.system.get_file_info(self._path).mtime_ns))


def _metadata(file: Any) -> dict[str, bytes]:  # noqa: ANN401 - same
    try:
        return dict(file.metadata() or {})
    except (NotImplementedError, OSError):
        return {}
