"""Unpack a source tarball without letting it write anywhere else.

Place in the flow: between ``fetch`` and the build in the source provider.
"""

from __future__ import annotations

import lzma
import tarfile
from typing import TYPE_CHECKING

from harness.errors import InterpreterError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["unpack"]


def unpack(tarball: Path, folder: Path) -> Path:
    """Unpack into ``folder``; return the single folder that the tarball holds.

    The ``data`` filter refuses members that lead outside, devices and absolute links.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(tarball) as archive:
            archive.extractall(folder, filter="data")
    except tarfile.FilterError as error:
        raise InterpreterError(f"{tarball.name} is not safe to unpack: {error}") from None
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise InterpreterError(f"{tarball.name} cannot be unpacked: {error}") from None
    tops = list(folder.iterdir())
    if len(tops) != 1 or not tops[0].is_dir():
        raise InterpreterError(f"{tarball.name} does not hold one folder of sources")
    return tops[0]
