"""A paragraph of a comment made fit for Mattermost: mentions that ping nobody, links that lead somewhere."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urljoin

from bot.markdown import JOINER, escape, link, percent_encoded
from gitlab_hooks.mentions import NAME, PATH

_ALT = r"(?:\\.|[^\[\]\\]|\[[^\[\]]*\])*"
_ADDRESSED = r"\(\s*+(?:<[^<>\n`]*>|[^\s()<>`]*(?:\([^\s()`]*\)[^\s()`]*)*)"
_TITLE = r""""[^"]*"|'[^']*'|\([^()]*\)"""
_TO = rf"{_ADDRESSED}(?:\s++(?:{_TITLE}))?\s*+\)"
_SIZED = rf"{_ADDRESSED}(?:\s++(?:{_TITLE}|=[0-9]*%?x[0-9]*%?))?\s*+\)"
_WITHIN_LABEL = rf"[^\[\]]{{0,200}}+(?:\[[^\[\]]{{0,100}}+\][^\[\]]{{0,100}}+){{0,2}}\][(\[:{JOINER}]"
_REFERENCE = rf"""
    (?<![A-Za-z0-9_/!\#&?=@.+\\{JOINER}-])(?P<path>{NAME}(?:/{NAME}){{1,20}})?(?P<sign>[!\#])(?P<iid>[1-9][0-9]{{0,8}})
    (?:\+s?(?![A-Za-z0-9_!\#@]))?(?![A-Za-z0-9_@]|\.[0-9]|[!\#][0-9])(?!{_WITHIN_LABEL})
"""
_PIECES = rf"""
      (?P<escape>   \\[!-/:-@\[-`{{-~] )
    | (?P<code>     (?P<ticks>`+)(?!`) .+? (?<!`)(?P=ticks)(?!`) )
    | (?P<lonely>   `+ )
    | (?P<badge>    \[!\[(?P<badge_alt>{_ALT})\]{_TO}\](?P<badge_to>{_TO}) )
    | (?P<image>    !\[(?P<image_alt>{_ALT})\](?P<image_to>{_SIZED})(?:\{{[^{{}}\n]*\}})? )
    | (?P<tag>      <img\b(?P<attributes>[^<>]*)> )
    | (?P<target>   \](?P<link_to>{_TO}) )
    | (?P<address>  (?<![\w+.-])(?:https?://|www\.)[\w%/.~\#?&=+,:@-]+ )
    | (?P<mention>  (?<![A-Za-z0-9])@(?!{JOINER})(?P<name>{PATH})? )
    | (?P<reference> {_REFERENCE} )
    | (?P<join>     !(?=!*\[|<img) | \](?=\() | \](?=:(?!\s*<?https?://)) | (?<!~)~(?=[A-Za-z0-9])
                    | <(?=[a-z][a-z0-9+.-]{{1,31}}:)(?!https?:|mailto:) | <(?=!--) )
"""
_FLAGS = re.VERBOSE | re.DOTALL | re.IGNORECASE
_PIECE = re.compile(_PIECES, _FLAGS)
_WHOLE = re.compile(rf"(?: \[{_ALT}\]{_TO} ) | {_PIECES}", _FLAGS)

_DESTINATION = re.compile(r"\(\s*(?:<([^<>\n]*)>|(\S*?))(?:\s.*)?\)", re.DOTALL)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_LINE_BREAK = re.compile(r"[ \t]*\n[\s>]*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_PAGES = {"!": "merge_requests", "#": "issues"}
_SIGN = re.compile(r"(?<!&)[!#](?=[0-9])")
_ATTRIBUTE = re.compile(r"""\b(src|alt)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Prose:
    """How the Markdown outside code and tables is rewritten, one paragraph at a time.

    `base` is GitLab's own address and `project` that of the project, to which GitLab's relative links belong; `shown`
    gives the Mattermost name of a GitLab user name, or None for whom nobody knows.
    """

    base: str
    project: str
    shown: Callable[[str], str | None]

    def __call__(self, text: str) -> str:
        """Rewrite a paragraph; whatever belongs together (a code span, a link) ends up on one line."""
        return _PIECE.sub(self._rewritten, text)

    def _rewritten(self, piece: re.Match[str]) -> str:  # noqa: PLR0911 - a table of one line a kind of piece
        match piece.lastgroup:
            case "mention":
                return self._mention(piece["name"] or "")
            case "target":
                to = self._absolute(piece["link_to"])
                return f"]({to})" if to else "]" + JOINER
            case "reference":
                return self._reference(piece)
            case "image" | "badge" as kind:
                return _picture(piece[f"{kind}_alt"], self._absolute(piece[f"{kind}_to"]))
            case "tag":
                return self._tag(piece["attributes"])
            case "code":
                return _LINE_BREAK.sub(" ", piece[0])
            case "join":
                return piece[0] + JOINER
            case _:
                return "@" + JOINER if piece[0] == r"\@" else piece[0]

    def _mention(self, name: str) -> str:
        known = self.shown(name) if name else None
        return f"@{JOINER}{escape(known) if known else name}"

    def _reference(self, piece: re.Match[str]) -> str:
        """Link `!12`, `#34` and `group/project#34`; without a project nobody knows where the short ones lead."""
        path, sign, iid = piece["path"] or "", piece["sign"], piece["iid"]
        if not path and self.project == self.base:
            return piece[0]
        return link(f"{path}{sign}{iid}", f"{f'{self.base}/{path}' if path else self.project}/-/{_PAGES[sign]}/{iid}")

    def _tag(self, attributes: str) -> str:
        found = {name.lower(): "".join(values) for name, *values in _ATTRIBUTE.findall(attributes)}
        return _picture(found.get("alt", ""), self._absolute(f"(<{found.get('src', '')}>)"))

    def _absolute(self, destination: str) -> str:
        """Return where `(destination "title")` leads, percent-encoded; "" where that is nowhere on the web."""
        found = _DESTINATION.fullmatch(destination)
        to = html.unescape(_ESCAPED.sub(r"\1", found[1] or found[2] or "")) if found else ""
        if not to or to.startswith("#") or (_SCHEME.match(to) and not _WEB.match(to)):
            return ""
        try:
            url = urljoin(self._start(to), to.removeprefix("/") if to.startswith("/uploads/") else to)
        except ValueError:  # what no address can be: http://[
            return ""
        return percent_encoded(url).replace("@", "%40") if _WEB.match(url) else ""

    def _start(self, to: str) -> str:
        """Return the folder to which a relative address belongs: uploads, files of the repository, or the host."""
        if to.startswith("/uploads/"):
            return f"{self.project}/"
        return f"{self.base}/" if to.startswith("/") else f"{self.project}/-/blob/HEAD/"


def beginning(text: str, room: int) -> str:
    """Return the beginning of a rewritten line, at most `room` long, cut after a word and within no link or code."""
    end = _between(text, room)
    word = _between(text, text.rfind(" ", 0, end + 1))
    return text[: word if word > end // 2 else end].rstrip()


def _between(text: str, end: int) -> int:
    for piece in _WHOLE.finditer(text):
        if piece.end() > end:
            return min(end, piece.start())
    return end


def _picture(alt: str, to: str) -> str:
    words = html.unescape(_ESCAPED.sub(r"\1", _LINE_BREAK.sub(" ", alt))).strip()
    shown = link(f"🖼 {words or unquote(to.rpartition('/')[2])}", to)
    return shown if to else _SIGN.sub(rf"\g<0>{JOINER}", shown)
