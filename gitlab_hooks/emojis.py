"""From GitLab's names of emoji to what Mattermost shows."""

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.markdown import Markdown, escape

OWN_NAMES = {
    "call_me": "🤙",
    "champagne_glass": "🥂",
    "clown": "🤡",
    "cowboy": "🤠",
    "face_palm": "🤦",
    "fingers_crossed": "🤞",
    "first_place": "🥇",
    "hand_splayed": "🖐️",
    "head_bandage": "🤕",
    "hugging": "🤗",
    "juggling": "🤹",
    "lifter": "🏋️",
    "medal": "🏅",
    "money_mouth": "🤑",
    "nerd": "🤓",
    "octagonal_sign": "🛑",
    "peace": "☮️",
    "race_car": "🏎️",
    "rolling_eyes": "🙄",
    "salad": "🥗",
    "second_place": "🥈",
    "skull_crossbones": "☠️",
    "slight_frown": "🙁",
    "slight_smile": "🙂",
    "spy": "🕵️",
    "thermometer_face": "🤒",
    "third_place": "🥉",
    "tools": "🛠️",
    "upside_down": "🙃",
    "vulcan": "🖖",
    "wilted_rose": "🥀",
    "zipper_mouth": "🤐",
}
"""Emoji that people react with, where GitLab's name for one is not among the short names that programs share.

Source: `public/-/emojis/` of GitLab's repository, where the file of each picture is called by its emoji's name.
"""

_FLAG = re.compile("flag_([a-z]{2})")
_TONED = re.compile("(.+)_tone([1-5])")
_REGIONAL_A, _LIGHTEST = 0x1F1E6, 0x1F3FB
_AS_PICTURE = "\ufe0f"


def shown_emoji(name: str) -> Markdown:
    """Return the character of an emoji that GitLab names, else its code: a team's own emoji have no character."""
    return _emojize(name) if re.fullmatch(r"[\w+-]+", name, re.ASCII) else escape(name)


@lru_cache(maxsize=4096)
def _emojize(name: str) -> Markdown:
    # The table of all emoji takes long to load: not before the first one comes.
    from emoji import is_emoji  # noqa: PLC0415

    return Markdown(next(filter(is_emoji, _meant(name)), f":{name}:"))


def _meant(name: str) -> Iterator[str]:
    """Yield what a name may mean, most likely first; what is no emoji is no answer."""
    from emoji import emojize  # noqa: PLC0415 - as above

    yield OWN_NAMES.get(name) or emojize(f":{name}:", language="alias")
    if flag := _FLAG.fullmatch(name):
        yield "".join(chr(_REGIONAL_A + ord(letter) - ord("a")) for letter in flag[1])
    if toned := _TONED.fullmatch(name):
        plain = _emojize(toned[1])
        yield plain[0] + chr(_LIGHTEST + int(toned[2]) - 1) + plain[1:].removeprefix(_AS_PICTURE)
