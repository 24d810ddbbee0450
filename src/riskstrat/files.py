"""Files of a workspace: written whole or not at all, and known by their SHA-256, in every room alike."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path beside ``path`` to write to; where the block ends well, that file takes the name in one step.

    Nobody ever sees half a file under ``path``, whenever the process dies; its folder is made where there is none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.half")
    try:
        yield half
        sync(half)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Write ``text`` as it is (UTF-8, its own line ends) in place of whatever ``path`` held."""
    with replacing(path) as half:
        half.write_text(text, encoding="utf-8", newline="")


def sync(path: Path) -> None:
    """Have the machine put a file's content, or a folder's names, on the disk before anything else is done."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hexadecimal digits; reads it in pieces, whatever its size."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def tree_sha256(*roots: Path) -> str | None:
    """Return one hash over the names and contents of all files below the folders; ``None`` if there are none.

    Files whose name begins with a dot (locks, half-written files) do not count.
    """
    digest = hashlib.sha256()
    found = False
    for root in roots:
        for path in sorted(root.rglob("*")) if root.is_dir() else []:
            if path.is_file() and not path.name.startswith("."):
                found = True
                digest.update(f"{path.relative_to(root.parent).as_posix()}\0{sha256_of(path)}\n".encode())
    return digest.hexdigest() if found else None
