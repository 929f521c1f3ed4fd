"""The addresses that a database may have, and how one is shown."""

SQLITE = "sqlite:///"
POSTGRES = "postgresql://"

EXPECTED = "sqlite:///relative/file, sqlite:////absolute/file or postgresql://user@host/database"


def is_address(url: str) -> bool:
    """Say whether a text is the address of a database."""
    return any(url.startswith(kind) and url != kind for kind in (SQLITE, POSTGRES))


def shown(url: str) -> str:
    """Return an address as it may be shown: of one that is none only what stands before its first colon."""
    kind, colon, rest = url.partition("://")
    if f"{kind}{colon}" != POSTGRES:
        return url if url.startswith(SQLITE) else f"{url.partition(':')[0]}:…"
    place, _, options = rest.partition("?")
    return f"{POSTGRES}{place.rpartition('@')[2]}" + ("?…" if options else "")
