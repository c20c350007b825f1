"""Every write of an output tree: the only module that creates, renames, makes durable or removes there.

One module, so that a test can fail, or kill, each of its calls in turn.  An error of the operating system
becomes an `OutputError` that says what, where, and what to do.  Files for input are not opened here.
At the end: how input paths, which are bytes, become output names, which are safe text.
"""

# ruff: noqa: PTH103, PTH105, PTH106, PTH108, PTH123 - every call goes through `os`, so that a test can stand in its way

from __future__ import annotations

import errno
import fcntl
import hashlib
import itertools
import os
import re
import stat
import unicodedata
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Protocol

from pipeline.errors import InternalError, OutputError, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TEMPORARY: Final = ".tmp-"  # how names of unfinished files begin; no output name does
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_DIRECTORY_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})  # NFS, FUSE
_count: Final = itertools.count()  # with the process number, makes temporary names unique

#: What is wrong with the place, and what a person can do.
_CURES: Final[dict[int, str]] = {
    errno.ENOSPC: "no space, or no inodes, left; free some and run the same command again",
    errno.EDQUOT: "the disk quota is used up; free some space and run the same command again",
    errno.EFBIG: "the file is larger than the file system or a limit allows; raise the limit and run again",
    errno.EIO: "the disk reports an error; check it, then run the same command again",
    errno.EROFS: "the file system is read-only; choose another output or mount it for writing",
    errno.EACCES: "permission denied; allow writing there or choose another output",
    errno.EPERM: "not permitted; allow writing there or choose another output",
    errno.ENAMETOOLONG: "the name is too long for the file system; choose an output with a shorter path",
    errno.ENOTDIR: "a file stands where a folder is needed; move it away or choose another output",
    errno.EISDIR: "a folder stands where a file is needed; move it away or choose another output",
    errno.EXDEV: "another file system is mounted inside the output; unmount it or choose another output",
    errno.EMFILE: "too many open files; raise the limit (ulimit -n) and run again",
    errno.ENOLCK: "the file system gives no locks; choose an output on another one",
}


@contextmanager
def _writing(what: str, path: Path) -> Iterator[None]:
    """Turn an error of the operating system into one that says what, where, what to do."""
    try:
        yield
    except OSError as error:
        cure = _CURES.get(error.errno or 0, f"{os.strerror(error.errno or 0)}; nothing is lost, run again")
        raise OutputError(f"cannot {what} {safe(os.fspath(path))}: {cure}") from error


def write_atomic(path: Path, data: bytes | Iterable[bytes], *, durable: bool = False) -> tuple[str, int]:
    """Write a file so that its name shows the old or the new content, never part; return SHA-256 and size.

    Folders above it are made.  Durable once `sync_tree` has run over it, or at once if `durable`.

    Raises:
        OutputError: it cannot be written; the old content stands.
    """
    digest = hashlib.sha256()
    size = 0
    with _writing("write", path):
        os.makedirs(path.parent, exist_ok=True)
        temporary, handle = _temporary(path.parent)
        try:
            for piece in (data,) if isinstance(data, bytes) else data:
                digest.update(piece)
                size += len(piece)
                _write_all(handle, piece)
            _check_size(handle, size)
            if durable:
                os.fsync(handle)
            os.close(handle)
            handle = -1
            os.replace(temporary, path)
        except BaseException:
            _drop(temporary, handle)
            raise
        if durable:
            _sync_directory(path.parent)
    return digest.hexdigest(), size


def _temporary(folder: Path) -> tuple[Path, int]:
    """Create an empty file beside the target; one that a dead process of this number left is passed over."""
    while True:
        path = folder / f"{TEMPORARY}{os.getpid()}-{next(_count)}"
        try:
            return path, os.open(path, _NEW, 0o666)
        except FileExistsError:
            continue


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _check_size(handle: int, size: int) -> None:
    if os.fstat(handle).st_size != size:
        raise OSError(errno.EIO, "short write")


def _drop(temporary: Path, handle: int) -> None:
    """Take back an unfinished file; the error that led here is the one to tell of."""
    with suppress(OSError):
        if handle >= 0:
            os.close(handle)
        os.unlink(temporary)


@contextmanager
def scratch(path: Path) -> Iterator[IO[bytes]]:
    """Open a work file for writing, one that another try may have left behind is written anew; not durable.

    Raises:
        OutputError: it cannot be written.
    """
    with _writing("write", path):
        os.makedirs(path.parent, exist_ok=True)
        with open(path, "wb", buffering=0) as raw:
            yield raw


def make_folder(path: Path) -> None:
    """Make a folder and those above it.

    Raises:
        OutputError: it cannot be made.
    """
    with _writing("make the folder", path):
        os.makedirs(path, exist_ok=True)


def rename(source: Path, target: Path) -> None:
    """Move a file or folder within one file system; a file replaces a file of that name at once.

    Raises:
        OutputError: it cannot be moved.
    """
    with _writing("move", source):
        os.replace(source, target)


def remove_file(path: Path) -> None:
    """Remove a file; one that is not there is no error.

    Raises:
        OutputError: it cannot be removed.
    """
    with _writing("remove", path), suppress(FileNotFoundError):
        os.unlink(path)


def remove_tree(path: Path) -> None:
    """Remove a file or a folder with all in it, following no links; one that is not there is no error.

    Raises:
        OutputError: it cannot be removed.
    """
    with _writing("remove", path):
        try:
            kind = os.lstat(path).st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISDIR(kind):
            os.unlink(path)
            return
        for folder, names, files, parent in os.fwalk(path, topdown=False, follow_symlinks=False):
            del folder
            for name in files:
                os.unlink(name, dir_fd=parent)
            for name in names:
                if stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
                    os.unlink(name, dir_fd=parent)
                else:
                    os.rmdir(name, dir_fd=parent)
        os.rmdir(path)


def sync_tree(root: Path) -> bool:
    """Make every file and folder below `root`, and `root` itself, durable; False if its folders cannot be.

    Raises:
        OutputError: a file cannot be made durable.  It is not tried again: a second try may claim success
            for what was lost.
    """
    sure = True
    with _writing("make durable", root):
        for folder, _, files, parent in os.fwalk(root, topdown=False, onerror=_raise, follow_symlinks=False):
            for name in files:
                handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
            sure = _sync_directory(Path(folder)) and sure
    return sure


def sync_folder(path: Path) -> bool:
    """Make the names in a folder durable; False where the file system cannot.

    Raises:
        OutputError: the disk reports an error.
    """
    with _writing("make durable", path):
        return _sync_directory(path)


def _raise(error: OSError) -> None:
    raise error


def _sync_directory(path: Path) -> bool:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_DIRECTORY_SYNC:
            raise
        return False
    finally:
        os.close(handle)
    return True


def drop_temporary(root: Path) -> None:
    """Remove what killed processes left unfinished below `root`.

    Raises:
        OutputError: one cannot be removed.
    """
    with _writing("remove unfinished files in", root):
        for _, _, files, parent in os.fwalk(root, follow_symlinks=False):
            for name in files:
                if name.startswith(TEMPORARY):
                    os.unlink(name, dir_fd=parent)


def lock(path: Path, text: str) -> int | None:
    """Lock a file until the handle that is returned is closed, or this process ends; None if it is locked.

    `text` is left in the file for those who find it locked.

    Raises:
        OutputError: the file cannot be made, or the file system has no locks.
    """
    with _writing("lock", path):
        os.makedirs(path.parent, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(handle, 0)
            _write_all(handle, text.encode())
        except BlockingIOError:
            os.close(handle)
            return None
        except BaseException:
            os.close(handle)
            raise
    return handle


def unlock(handle: int) -> None:
    """Give a lock back."""
    os.close(handle)


class Store(Protocol):
    """Where the files of an output go."""

    def put(self, name: str, data: bytes | Iterable[bytes]) -> None:
        """Write one file; `name` is relative, with `/` between folders."""
        ...


class Directory:
    """A store in a folder, which remembers what it was given."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._records: dict[str, tuple[str, int]] = {}

    @property
    def records(self) -> list[tuple[str, str, int]]:
        """Name, SHA-256 and size of everything put, by the bytes of the name."""
        return [(name, *self._records[name]) for name in sorted(self._records, key=os.fsencode)]

    def put(self, name: str, data: bytes | Iterable[bytes]) -> None:
        """Write one file.

        Raises:
            InternalError: the name leads outside, or was put before.
            OutputError: it cannot be written.
        """
        parts = name.split("/")
        if any(part in {"", ".", ".."} for part in parts) or "\0" in name:
            raise InternalError(f"no name for an output file: {safe(name)}")
        if name in self._records:
            raise InternalError(f"an output file is written twice: {safe(name)}")
        self._records[name] = write_atomic(self.root.joinpath(*parts), data)

    def manifest(self) -> bytes:
        """Return what `sha256sum -c` checks, sorted by the bytes of the name."""
        return manifest([(name, sha256) for name, sha256, _ in self.records])


def manifest(rows: Sequence[tuple[str, str]]) -> bytes:
    """Return (name, SHA-256) rows as `sha256sum` writes them: backslashes and line ends escaped."""
    return b"".join(map(_manifest_line, rows))


def _manifest_line(row: tuple[str, str]) -> bytes:
    name, sha256 = row
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if escaped == name else chr(92)}{sha256}  ".encode() + os.fsencode(escaped) + b"\n"


_COMPONENT: Final = 255 - 16  # bytes of a name; the rest of what file systems take is left for a suffix
_PATH: Final = 900  # bytes of a whole name: with the output's own path it stays below macOS's 1,024
#: Characters that are percent-escaped: controls, backslash, line separators, bidi controls, bytes not UTF-8.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\\\\\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\udc80-\udcff]"
)
_LIKE_ESCAPE: Final = re.compile("%(?=[0-9A-F]{2})")
_LIKE_TAG: Final = re.compile(r"~(?=[0-9a-f]{12}(?:\.[A-Za-z0-9]{1,8})?\Z)")
_EXTENSION: Final = re.compile(r"(?<=.)\.[A-Za-z0-9]{1,8}\Z", re.DOTALL)


def output_name(path: bytes, suffix: str = "") -> str:
    r"""Return the safe name of an input path, with `suffix` (16 bytes at most) behind it.

    Valid UTF-8 stays as it is; controls, backslashes and bytes that are not UTF-8 become `%XX`, a `%` only
    where it would be taken for that.  A component too long for a suffix is cut and gets `~` and 12 digits of
    its hash, before its extension.  No two paths have the same name, but for a collision of hashes.

    >>> output_name(b"2024/caf\xc3\xa9 100%.txt"), output_name(b"a\xff\n%41")
    ('2024/café 100%.txt', 'a%FF%0A%2541')

    Raises:
        ValueError: the path is empty, absolute, or has an empty component.
    """
    parts = path.split(b"/")
    if not all(parts):
        raise ValueError(f"no relative path of a file: {path!r}")
    return "/".join(_shallow([_component(part) for part in parts], path)) + suffix


def output_names(paths: Sequence[bytes], suffixes: Sequence[str] | None = None) -> list[str]:
    """Return a name for each of a set of paths; the suffixes count, but are not in the names.

    Where names would be one on a file system that folds case or Unicode forms, or a name with its suffix or
    `.note.md` would stand where a folder stands, all but the first by bytes get `~` and 12 digits of a hash.

    Raises:
        ValueError: a path is given twice, or `output_name` raises it.
    """
    if len(set(paths)) < len(paths):
        raise ValueError("a path is given twice")
    ends = suffixes or [""] * len(paths)
    names = [output_name(path) for path in paths]
    folders = {_fold(name[:at]) for name in names for at, char in enumerate(name) if char == "/"}
    copies: set[str] = set()
    notes: set[str] = set()
    for i in sorted(range(len(paths)), key=lambda i: paths[i]):
        plain, salt = names[i], b""
        while not (
            {_fold(names[i] + ends[i]), _fold(names[i] + ".note.md")}.isdisjoint(folders)
            and _fold(names[i] + ends[i]) not in copies
            and _fold(names[i]) not in notes
        ):
            names[i] = _twin(plain, paths[i] + salt)
            salt += b"\0"
        copies.add(_fold(names[i] + ends[i]))
        notes.add(_fold(names[i]))
    return names


def _component(part: bytes) -> str:
    text = _LIKE_ESCAPE.sub("%25", part.decode("utf-8", "surrogateescape"))
    text = _LIKE_TAG.sub("%7E", _UNSAFE.sub(_percent, text))
    if text in {".", ".."} or text.startswith(TEMPORARY):
        text = f"%2E{text[1:]}"
    return text if len(text.encode()) <= _COMPONENT else _tagged(text, part)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogateescape"))


def _tagged(text: str, named: bytes) -> str:
    """Put the hash of what is named before the extension; cut what stands before it as far as need be."""
    found = _EXTENSION.search(text)
    extension = found[0] if found else ""
    room = _COMPONENT - len(extension) - 13
    stem = text.removesuffix(extension).encode()[:room].decode("utf-8", "ignore")
    return f"{stem}~{hashlib.sha256(named).hexdigest()[:12]}{extension}"


def _twin(name: str, named: bytes) -> str:
    folder, slash, last = name.rpartition("/")
    return folder + slash + _tagged(last, named)


def _shallow(parts: list[str], path: bytes) -> list[str]:
    """Leave folders out of a path that is too long; the hash of the whole path stands for them."""
    if len("/".join(parts).encode()) <= _PATH:
        return parts
    room = _PATH - 256
    sizes = itertools.accumulate(len(part.encode()) + 1 for part in parts[:-1])
    kept = sum(1 for size in sizes if size <= room)
    return [*parts[:kept], _tagged(parts[-1], path)]


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
