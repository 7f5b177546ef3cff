"""Host names: which of them name a machine, and which are made up at each start."""

from __future__ import annotations

import re

__all__ = ["host_identity", "is_made_up"]

_POD = "[bcdfghjklmnpqrstvwxz2456789]"
"""What Kubernetes makes the ends of its names of: no vowels, so that no word comes out."""

_MADE_UP = re.compile(
    rf"""
      [0-9a-f]{{12}} | [0-9a-f]{{32}} | [0-9a-f]{{40}} | [0-9a-f]{{64}}  # Docker, Podman, systemd
    | (?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{{8,64}}
    | [0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}                  # a UUID
    | fv-az[0-9-]+ | runnervm[a-z0-9]+ | mac-[0-9]{{6,}}                 # GitHub, Azure
    | runner-.+-project-[0-9]+-concurrent-.* | runner-(?=[a-z_]*[0-9])[a-z0-9_]{{4,}}  # GitLab
    | .+-{_POD}{{7,10}}-{_POD}{{5}}                                      # a pod of a deployment
    | .+-(?=[a-z]*[0-9])(?=[0-9]*[a-z]){_POD}{{5}}                       # a pod of a job
    | gke-.+-[0-9a-f]{{8}}-[a-z0-9]{{4}} | aks-.+-vmss[0-9a-z]{{6}}
    | (.*[^0-9])?[0-9]{{1,3}}([.-][0-9]{{1,3}}){{3}}                     # an address (EC2, VPN)
    | travis-job-.+ | cirrus-ci-task-.+ | build-[0-9]+-project-[0-9]+-.+
    | localhost | \(none\) | buildkitsandbox
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def is_made_up(host: str) -> bool:
    """Return whether a machine has this name by chance: at its next start it has another."""
    return _MADE_UP.fullmatch(host) is not None or _MADE_UP.fullmatch(_first(host)) is not None


def host_identity(host: str) -> str:
    """Return the part of a host name that stays when its network changes; empty if there is none.

    A VPN or another network changes what follows the first dot, and some the case.
    """
    return "" if is_made_up(host) else _first(host).casefold()


def _first(host: str) -> str:
    return host.partition(".")[0]
