"""Settings of every test."""

from __future__ import annotations

import os

import hypothesis

# No deadline: machines are shared. The gate draws the same examples every time, so that it
# judges the change and not its luck; a developer's own run goes on looking for new ones.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")
