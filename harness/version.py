"""The version, where every module may read it.

Place in the flow: outside of it; ``harness`` itself imports what is at the top of everything.
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
