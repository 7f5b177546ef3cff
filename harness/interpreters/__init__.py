"""Interpreters: finding, getting, building and knowing them."""

from harness.interpreters.cache.entries import cache_root
from harness.interpreters.cache.locks import hold_builds
from harness.interpreters.finding.provision import Provisioned, provision
from harness.interpreters.naming.catalogue import catalogue
from harness.interpreters.naming.spec import Request, parse, parse_all
from harness.interpreters.probing.probe import probe
from harness.interpreters.progress import Progress, Tell, ignore

__all__ = [
    "Progress",
    "Provisioned",
    "Request",
    "Tell",
    "cache_root",
    "catalogue",
    "hold_builds",
    "ignore",
    "parse",
    "parse_all",
    "probe",
    "provision",
]
