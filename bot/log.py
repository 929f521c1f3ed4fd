"""What the program says of itself while it runs: a line an event, with ids, never with a text or a secret."""

import logging

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


def set_up(level: int = logging.INFO) -> None:
    """Send our own lines to standard error, and of the libraries' only warnings."""
    logging.basicConfig(level=logging.WARNING, format=FORMAT, force=True)
    for name in ("bot", "gitlab_hooks"):
        logging.getLogger(name).setLevel(level)
