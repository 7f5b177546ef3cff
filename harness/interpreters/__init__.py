"""Find, download, build and probe interpreters."""

from harness.interpreters.cache.entries import cache_root
from harness.interpreters.cache.integrity import Damage, damage_of
from harness.interpreters.cache.locks import lock_builds
from harness.interpreters.finding.provision import Provisioned, provision
from harness.interpreters.naming.spec import parse, parse_all
from harness.interpreters.probing.probe import probe
from harness.interpreters.progress import Notify, Progress, ignore

__all__ = [
    "Damage",
    "Notify",
    "Progress",
    "Provisioned",
    "cache_root",
    "damage_of",
    "ignore",
    "lock_builds",
    "parse",
    "parse_all",
    "probe",
    "provision",
]
