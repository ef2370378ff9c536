"""`python -m cvaction`, for use outside of a workflow: `python -m cvaction verify PATH`. The container has entrypoint.py."""

import os
import signal
import sys

if __name__ == "__main__":
    signal.pthread_sigmask(
        signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM)
    )  # until somebody listens, as in entrypoint.py
    from cvaction.main import start

    sys.exit(start(sys.argv[1:], os.environ))
