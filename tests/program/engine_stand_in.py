"""A stand-in for `docker` that runs each service as a real process: `serve`, on the port that is the service's.

An image is a `bot.toml` of its name in the folder `NUDGE_IMAGES`; a tag is a copy of it. What is up is noted beside.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

FOLDER = Path(os.environ.get("NUDGE_IMAGES", ""))


def file_of(image: str) -> Path:
    return FOLDER / f"{image.replace(':', '-')}.toml"


def healthy(port: int) -> bool:
    """Ask once, as the image's HEALTHCHECK does."""
    connection = HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def up(service: str, patience: float) -> int:
    """End the service's process, start one of the image, and wait until it is healthy."""
    noted = FOLDER / f"{service}.json"
    state = json.loads(noted.read_text())
    if state["pid"] and not ended(state["pid"]):
        os.kill(state["pid"], signal.SIGTERM)
        while not ended(state["pid"]):
            time.sleep(0.02)
    home = FOLDER / service
    home.mkdir(exist_ok=True)
    toml = file_of(os.environ["NUDGE_IMAGE"]).read_text().replace("127.0.0.1:0", f"127.0.0.1:{state['port']}")
    (home / "bot.toml").write_text(toml)
    with (home / "log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "bot", "serve"], cwd=home, stdout=log, stderr=log)
    noted.write_text(json.dumps({**state, "pid": process.pid, "image": os.environ["NUDGE_IMAGE"]}))
    end = time.monotonic() + patience
    while process.poll() is None and time.monotonic() < end:
        if healthy(state["port"]):
            return 0
        time.sleep(0.05)
    return 1


def main(arguments: list[str]) -> int:
    match arguments:
        case ["compose", "up", "--detach", "--no-build", "--no-deps", "--wait", "--wait-timeout", patience, service]:
            return up(service, float(patience))
        case ["compose", "logs", *_]:
            return 0
        case ["image", "inspect", image]:
            return 0 if file_of(image).exists() else 1
        case ["tag", image, name]:
            shutil.copy(file_of(image), file_of(name))
            return 0
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
