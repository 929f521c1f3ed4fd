"""The three ways in which something outside can fail us; there is no fourth."""


class OutsideError(Exception):
    """Something outside did not do what was asked; the text says what was asked, where, and what came back.

    `asked` is False where it was not even asked: what others were answered a moment ago is answered again.
    """

    asked = True


class TryLater(OutsideError):  # noqa: N818 - the design's word, and what the caller does
    """It may work later; `after` is the server's own wish in seconds, where it gave one.

    `undone` says that the failure proves that nothing was done; of every other it is unclear.
    """

    def __init__(self, why: str, after: float | None = None, *, undone: bool = False) -> None:
        super().__init__(why)
        self.after = after
        self.undone = undone


class Refused(OutsideError):  # noqa: N818 - the design's word
    """It will never work for this one message; everything else goes on."""


class RootGone(Refused):
    """The post that this one replies to is gone; it may work as no reply."""


class Misconfigured(OutsideError):  # noqa: N818 - the design's word
    """Nothing will work until somebody mends the configuration: stop sending, keep everything, say so."""
