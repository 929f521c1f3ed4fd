"""What a bot would be that keeps nothing: Flask on gunicorn, which posts straight through while GitLab waits.

It does less for each webhook: one post to a channel that it knows, by a kept connection. `python -m bench.straight
PORT` serves it with two processes of eight threads, prints its own port, and posts to the stand-in at `PORT`.
"""

import hmac
import os
import socket
import sys
import threading

import requests
from flask import Flask, request

from bench import people, webhooks

CONFIG = ("--workers", "2", "--worker-class", "gthread", "--threads", "8", "--log-level", "error")
local = threading.local()


def app(port: str) -> Flask:
    """Return the application; gunicorn makes one in each of its processes."""
    flask = Flask("straight")

    @flask.post("/gitlab")
    def hook() -> tuple[str, int]:
        if not hmac.compare_digest(request.headers.get("X-Gitlab-Token", ""), webhooks.TOKEN):
            return "", 401
        body = request.get_json()
        its, to = body["object_attributes"], body["reviewers"][0]
        text = f"{body['user']['name']} asked you to review [!{its['iid']} {its['title']}]({its['url']})"
        post = {"channel_id": people.mattermost_id(to["id"]), "message": text, "props": {}}
        headers = {"Authorization": "Bearer bench"}
        answer = session().post(f"http://127.0.0.1:{port}/api/v4/posts", json=post, headers=headers, timeout=10)
        answer.raise_for_status()
        return "", 204

    return flask


def session() -> requests.Session:
    """Return this thread's session, which keeps its connection."""
    if not hasattr(local, "session"):
        local.session = requests.Session()
    found: requests.Session = local.session
    return found


def main(port: str) -> None:
    """Become gunicorn, with a socket that listens already."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listening.set_inheritable(True)
    print(listening.getsockname()[1], flush=True)
    bind = ("--bind", f"fd://{listening.fileno()}")
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *CONFIG, *bind, f"bench.straight:app('{port}')"])  # noqa: S606 - this very Python


if __name__ == "__main__":
    main(sys.argv[1])
