"""A file that receives a body, as `cvaction.customvision.streaming` wants one."""

from __future__ import annotations

import io
import os

__all__ = ["FileSink"]


class FileSink(io.FileIO):
    """A file without a buffer, to which a body is written. `FileSink(path, "xb")` makes it."""

    def finish(self) -> None:
        """As Sink.finish."""
        os.fsync(self.fileno())
