"""The project's value types: frozen, keyword-only, without I/O."""

from harness.model.builds import *
from harness.model.estimates import *
from harness.model.expected import *
from harness.model.modes import *
from harness.model.plans import *
from harness.model.values import *
from harness.model.worker_settings import *
