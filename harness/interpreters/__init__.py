"""Interpreters: finding, getting, building and knowing them.

Place in the flow: ``parse_all`` checks what was asked for, ``provision`` finds, fetches
or builds it, and every build that comes out was probed by running it.
"""

from harness.interpreters.cache import cache_root
from harness.interpreters.catalogue import catalogue
from harness.interpreters.probe import probe
from harness.interpreters.progress import Progress, Tell, ignore
from harness.interpreters.provision import Provisioned, provision
from harness.interpreters.spec import Request, parse, parse_all
from harness.interpreters.use import hold_builds
from harness.interpreters.worker_site import ensure_worker_site

__all__ = [
    "Progress",
    "Provisioned",
    "Request",
    "Tell",
    "cache_root",
    "catalogue",
    "ensure_worker_site",
    "hold_builds",
    "ignore",
    "parse",
    "parse_all",
    "probe",
    "provision",
]
