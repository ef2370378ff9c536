"""Run inside the image, with its Python: from process start to the first request, beside a whole `import requests`."""

from __future__ import annotations

import json
import socket
import sys
import tempfile
from pathlib import Path

from tools.bench.contestants import Contestants, Work
from tools.bench.measuring import median, rounds, to_end, to_first_request


def main(number: int) -> None:
    """Print the two medians and their ratio as JSON."""
    python = Path("/usr/local/bin/python3")
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as port:
        contestants = Contestants(Path(folder), python, python, Path("/entrypoint.py"))
        endpoint = f"http://127.0.0.1:{port.getsockname()[1]}"
        action = contestants.action(Work(endpoint, "a" * 32, endpoint, "b" * 32))
        taken = rounds(
            number,
            {
                "import-requests": lambda: to_end(contestants.import_requests()),
                "action": lambda: to_first_request(action, port),
            },
        )
    seconds = {name: median(values) for name, values in taken.items()}
    base = seconds["import-requests"]
    print(json.dumps({name: {"seconds": value, "ratio": round(value / base, 3)} for name, value in seconds.items()}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
