"""`python -m cvaction verify PATH`, for use outside of a workflow. The container uses entrypoint.py instead."""

import os
import signal
import sys

if __name__ == "__main__":
    signal.pthread_sigmask(
        signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM)
    )  # until the handlers are set, as in entrypoint.py
    from cvaction.main import start

    sys.exit(start(sys.argv[1:], os.environ))
