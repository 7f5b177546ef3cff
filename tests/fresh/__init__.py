"""The README's commands on minimal Debian systems; by hand: ``python -m tests.fresh --help``."""
