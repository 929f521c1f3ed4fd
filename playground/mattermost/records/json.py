"""What JSON objects are in these modules."""

from typing import Any

Json = dict[str, Any]
