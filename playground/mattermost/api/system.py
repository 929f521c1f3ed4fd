"""The server itself over HTTP: is it there, what is it, and what shall go wrong."""

import msgspec

from playground.mattermost.api.call import Call, Reply
from playground.mattermost.errors import PERMISSIONS, ApiError, invalid_body
from playground.mattermost.faults import Faults

VERSION = "5.37.0"
_VERSIONS = ("AndroidLatestVersion", "AndroidMinVersion", "DesktopLatestVersion", "DesktopMinVersion")
_MORE_VERSIONS = ("IosLatestVersion", "IosMinVersion")


def ping(call: Call) -> Reply:
    """Say that the server is there; only `?get_server_status=true` looks at the database too."""
    answer = dict.fromkeys((*_VERSIONS, *_MORE_VERSIONS), "") | {"status": "OK"}
    if call.query.get("get_server_status") != "true":
        return Reply(answer)
    if call.state.faults.database_down:
        unhealthy = {"database_status": "UNHEALTHY", "filestore_status": "OK", "status": "UNHEALTHY"}
        return Reply(answer | unhealthy, 500)
    return Reply(answer | {"database_status": "OK", "filestore_status": "OK"})


def client_config(call: Call) -> Reply:
    """Return the few settings a bot may ask for."""
    return Reply({"Version": VERSION, "BuildNumber": VERSION, "SiteURL": call.state.site_url})


def config(call: Call) -> Reply:
    """Return what a bot's doctor reads of the configuration; only to administrators."""
    if not call.caller.admin:
        raise ApiError(PERMISSIONS)
    return Reply({"ServiceSettings": {"AllowedUntrustedInternalConnections": call.state.internal_connections}})


def faults(call: Call) -> Reply:
    """Return the faults that are on."""
    return Reply(msgspec.to_builtins(call.state.faults))


def set_faults(call: Call) -> Reply:
    """Set the faults to exactly those of the body; `{}` ends them all."""
    try:
        call.state.faults = msgspec.convert(call.body, Faults)
    except msgspec.ValidationError as error:
        raise ApiError(invalid_body("faults")) from error
    return faults(call)
