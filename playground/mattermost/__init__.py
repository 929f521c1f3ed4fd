"""A stand-in for a Mattermost server: REST API v4 over real HTTP, its memory at hand for a page and for tests.

It answers as a real server of version 5.37 was recorded to (`tests/recordings/`): errors, limits, paging, repeated
requests, badges, slash commands, buttons and dialogs. There is no websocket.
"""

from playground.mattermost.errors import ApiError
from playground.mattermost.faults import Faults
from playground.mattermost.mattermost import Mattermost
from playground.mattermost.server import Server, serve

__all__ = ["ApiError", "Faults", "Mattermost", "Server", "serve"]
