"""Weather: faults come one after the other, each for a while, with pauses between them."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that may go wrong, on so many cards (`weight`); it lasts from `shortest` to `longest` seconds."""

    name: str
    begin: Callable[[Random], None]
    end: Callable[[], None]
    shortest: float = 0.2
    longest: float = 2.0
    weight: int = 2


class Weather:
    """Lets faults come and go, one at a time, until it is stopped; `now` names the one that is on, "" for none.

    None begins that could not end before `seconds` have passed by the clock; `pause` is the longest between two.
    """

    def __init__(
        self,
        faults: Sequence[Fault],
        chance: Random,
        clock: Callable[[], float],
        seconds: float,
        pause: float,
    ) -> None:
        self.now = ""
        self.count = 0
        self._faults = faults
        self._cards: list[Fault] = []
        self._chance = chance
        self._clock = clock
        self._pause = pause
        self._end = clock() + seconds
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="weather")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the fault that is on, and let no other begin."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(self._chance.uniform(0, self._pause)):
            if fault := self._next(self._end - self._clock()):
                self._suffer(fault)

    def _next(self, left: float) -> Fault | None:
        """Draw a card, one that is over in time; the cards are shuffled anew when no such card is left."""
        if not any(fault.longest <= left for fault in self._cards):
            self._cards = [fault for fault in self._faults for _ in range(fault.weight)]
            self._chance.shuffle(self._cards)
        place = next((at for at, fault in enumerate(self._cards) if fault.longest <= left), None)
        return None if place is None else self._cards.pop(place)

    def _suffer(self, fault: Fault) -> None:
        self.now = fault.name
        self.count += 1
        try:
            fault.begin(self._chance)
            self._ending.wait(self._chance.uniform(fault.shortest, fault.longest))
        finally:
            fault.end()
            self.now = ""
