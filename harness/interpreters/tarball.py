"""The ``tarfile`` that can refuse members: Python before 3.11.4 needs the one of its successors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tarfile
else:
    import tarfile

    if not hasattr(tarfile, "data_filter"):  # Debian 12 has Python 3.11.2
        from backports import tarfile

__all__ = ["tarfile"]
