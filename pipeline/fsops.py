"""Every write of an output tree: the only module that creates, renames, makes durable or removes there.

One module, so that a test can fail, or kill, each of its calls in turn.  An error of the operating system
becomes an `OutputError` that says what, where, and what to do.  Files for input are not opened here.
"""

# ruff: noqa: PTH103, PTH105, PTH106, PTH108, PTH120, PTH123 - every call goes through `os`, so that a test can stand in its way

from __future__ import annotations

import errno
import fcntl
import hashlib
import itertools
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from pipeline.errors import FullError, OutputError, safe
from pipeline.names import TEMPORARY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_DIRECTORY_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})  # NFS, FUSE
_LOST: Final = frozenset({errno.EIO, errno.ENOSPC, errno.EDQUOT})  # what was written is not there
_MANY: Final = 500  # files
_BLOCK: Final = 1 << 20  # bytes that are read at a time
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
    errno.EEXIST: "a file stands where a folder is needed; move it away or choose another output",
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
        kind = FullError if error.errno in {errno.ENOSPC, errno.EDQUOT} else OutputError
        raise kind(f"cannot {what} {safe(os.fspath(path))}: {cure}") from error


def write_atomic(path: Path, data: bytes | Iterable[bytes], *, durable: bool = False) -> tuple[str, int]:
    """Write a file so that its name shows the old or the new content, never part; return SHA-256 and size.

    Folders above it are made.  Durable once `sync_tree` has run over it, or at once if `durable`.

    Raises:
        OutputError: it cannot be written; the old content stands.
    """
    digest = hashlib.sha256()
    size = 0
    with _writing("write", path):
        temporary, handle = _temporary(path)
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


class Draft:
    """A file that is written piece by piece, as `write_atomic` writes one; never durable at once.

    Raises:
        OutputError: it cannot be written; the old content stands.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = hashlib.sha256()
        self._size = 0
        with _writing("write", path):
            self._temporary, self._handle = _temporary(path)

    def write(self, piece: bytes) -> None:
        """Write the next piece."""
        self._digest.update(piece)
        self._size += len(piece)
        with _writing("write", self._path):
            _write_all(self._handle, piece)

    def finish(self, earlier: str | None = None) -> tuple[str, int]:
        """Give the file its name, or that of an earlier tree if it is the same; return SHA-256 and size."""
        sha256 = self._digest.hexdigest()
        with _writing("write", self._path):
            _check_size(self._handle, self._size)
            handle, self._handle = self._handle, -1
            os.close(handle)
            if earlier is not None and linked(earlier, os.fspath(self._path), self._size, sha256):
                os.unlink(self._temporary)
            else:
                os.replace(self._temporary, self._path)
        return sha256, self._size

    def abandon(self) -> None:
        """Take the file back."""
        _drop(self._temporary, self._handle)


def append(path: Path, data: bytes) -> None:
    """Add whole lines to a file, durable; the file is made where there is none, and may have other writers.

    One adds at a time, the others wait: what one takes back, or finds torn, is never of another that is writing.

    Raises:
        OutputError: it cannot be written, or the file system has no locks; the old content stands.
    """
    with _writing("add to", path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)  # goes with the handle
            size = os.fstat(handle).st_size
            torn = size and os.pread(handle, 1, size - 1) != b"\n"
            try:
                _write_all(handle, b"\n" * bool(torn) + data)
                os.fsync(handle)
            except BaseException:
                os.ftruncate(handle, size)
                raise
        finally:
            os.close(handle)


def _temporary(target: Path) -> tuple[str, int]:
    """Create an empty file beside the target; one that a dead process of this number left is passed over."""
    folder = os.path.dirname(target) or "."
    while True:
        path = f"{folder}/{TEMPORARY}{os.getpid()}-{next(_count)}"
        try:
            return path, os.open(path, _NEW, 0o666)
        except FileExistsError:
            continue
        except FileNotFoundError:
            os.makedirs(folder, exist_ok=True)


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _check_size(handle: int, size: int) -> None:
    if os.fstat(handle).st_size != size:
        raise OSError(errno.EIO, "short write")


def _drop(temporary: str, handle: int) -> None:
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


def linked(earlier: str, target: str, size: int, sha256: str) -> bool:
    """Give a file of an earlier tree, if it has this size and hash, a second name in a new one; return whether it has.

    A file that has its name is complete and never written to again: trees may share it.
    """
    try:
        handle = os.open(earlier, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            known = os.fstat(handle)
            if known.st_size != size or not stat.S_ISREG(known.st_mode) or _digest(handle) != sha256:
                return False
        finally:
            os.close(handle)
        try:
            os.link(earlier, target, follow_symlinks=False)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.link(earlier, target, follow_symlinks=False)
    except OSError:  # a file system without links, a link too many, another try that made it: it is written
        return False
    return True


def _digest(handle: int) -> str:
    """Return the SHA-256 of an open file."""
    digest = hashlib.sha256()
    while block := os.read(handle, _BLOCK):
        digest.update(block)
    return digest.hexdigest()


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
        _write_out(root)
        for folder, _, files, parent in os.fwalk(root, topdown=False, onerror=_raise, follow_symlinks=False):
            for name in files:
                if os.stat(name, dir_fd=parent, follow_symlinks=False).st_nlink > 1:
                    continue  # of the tree before, and durable since then
                handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
            sure = _sync_directory(Path(folder)) and sure
    return sure


def _write_out(root: Path) -> None:
    """Have the file system write many files in one go, where it can: then each of them has little left to wait for.

    Every file is made durable by its own call after this; an error that is told here may not be told there again.
    """
    if all(count < _MANY for count in itertools.accumulate(len(files) for _, _, files in os.walk(root))):
        return  # others may have much to write on this disk
    import ctypes  # noqa: PLC0415 - rarely needed, and commands start without it

    write_out = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if write_out is not None:
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if write_out(handle) and ctypes.get_errno() in _LOST:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        finally:
            os.close(handle)


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
                    with suppress(FileNotFoundError):  # a process that outlived its run took it back
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


def manifest(rows: Sequence[tuple[str, str]]) -> bytes:
    """Return (name, SHA-256) rows as `sha256sum` writes them: backslashes and line ends escaped."""
    return b"".join(map(_manifest_line, rows))


def _manifest_line(row: tuple[str, str]) -> bytes:
    name, sha256 = row
    if name.isascii() and name.isprintable() and "\\" not in name:
        return f"{sha256}  {name}\n".encode()
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if escaped == name else chr(92)}{sha256}  ".encode() + os.fsencode(escaped) + b"\n"
