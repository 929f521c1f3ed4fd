"""A socket that whoever starts the program holds open for it, so that connections wait while nothing runs.

The protocol is systemd's: https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
"""

import os
import socket
from collections.abc import Mapping

from bot.errors import Misconfigured

FIRST = 3
"""The first descriptor behind the three that every process has."""


def inherited(environ: Mapping[str, str], pid: int, first: int = FIRST) -> socket.socket | None:
    """Return the listening socket that was handed to the process `pid`, None where there is none.

    Raises:
        bot.errors.Misconfigured: there are several, or it is none on which HTTP can be listened for.

    """
    if environ.get("LISTEN_PID") != str(pid) or environ.get("LISTEN_FDS", "0") == "0":
        return None
    if environ["LISTEN_FDS"] != "1":
        raise Misconfigured(f"LISTEN_FDS: expected one socket, found {environ['LISTEN_FDS']}")
    try:
        found = socket.socket(fileno=first)
    except OSError as wrong:
        raise Misconfigured(f"LISTEN_FDS: descriptor {first} is no socket: {wrong.strerror}") from wrong
    if found.family not in {socket.AF_INET, socket.AF_INET6} or not _listens(found):
        found.close()
        raise Misconfigured(f"LISTEN_FDS: descriptor {first} is no TCP socket that listens: see ListenStream=")
    os.set_inheritable(first, False)
    return found


def _listens(found: socket.socket) -> bool:
    return bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
