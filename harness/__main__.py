"""``python -m harness``."""

import signal
import sys

# Before anything is imported, which takes a quarter of a second: a parent may ignore Ctrl-C to
# leave it to this process.
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    from harness.cli.app import main
except KeyboardInterrupt:
    sys.exit(130)

if __name__ == "__main__":
    main()
