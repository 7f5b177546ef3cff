"""Sources of a CPython whose ``make`` never ends, in processes of every kind."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_sources"]

_CONFIGURE = """#!/bin/sh
cat > Makefile <<'END'
all:
\t@setsid sleep 600 & sleep 600 & sleep 600
install:
\t@sleep 600
END
"""


def write_sources(path: Path) -> None:
    """Write the tarball."""
    with tarfile.open(path, "w:xz") as archive:
        for name, text in (
            ("configure", _CONFIGURE),
            ("Include/patchlevel.h", '#define PY_VERSION "3.14.9"\n'),
        ):
            member = tarfile.TarInfo(f"Python-3.14.9/{name}")
            member.size, member.mode = len(text), 0o755
            archive.addfile(member, io.BytesIO(text.encode()))
