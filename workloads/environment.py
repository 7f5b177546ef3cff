"""Environment variables by which the controller tells a worker where its workload is.

Child processes inherit them.
"""

from __future__ import annotations

__all__ = ["FAMILY", "FOLDER", "OWN_FILE", "OWN_MODULE", "OWN_PACKAGES", "PIN"]

FAMILY = "GILSCOPE_FAMILY"
"""The family of a built-in workload."""
OWN_FILE = "GILSCOPE_WORKLOAD_FILE"
"""The path of a file of the user's."""
OWN_MODULE = "GILSCOPE_WORKLOAD_MODULE"
"""The file's dotted name, where the user gave one: then it is imported as that module."""
OWN_PACKAGES = "GILSCOPE_WORKLOAD_PACKAGES"
"""A folder with the packages that the file's PEP 723 header asks for."""
FOLDER = "GILSCOPE_FOLDER"
"""The folder for files that workloads write; without it, the temporary folder."""
PIN = "GILSCOPE_PIN"
"""The CPU of each member of the gang, such as ``2,0``; empty where none is pinned."""
