"""Words in files: one Jinja2 file a subject and language, one block a sentence, replaceable by a team's own."""

import logging
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import StrictUndefined, Template, TemplateError

from bot.markdown import Markdown, escape
from bot.said import SAID
from bot.sandbox import TEXT_AT_MOST, Environment, TooLongError, begin

log = logging.getLogger(__name__)

DEFAULT_LANGUAGE = "en"
FILE_AT_MOST = 64 * 1024
"""Bytes of a team's own file."""

_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


class Templates:
    """The blocks of `<folder>/<language>/<name>.md`, and of the team's own files of the same name before them.

    The first of `folders` that has a file wins. Within a file lines may be indented at will, and control lines leave
    no trace. Whatever `{{ … }}` prints is escaped unless it is `Markdown`, a constant too. A file in `overrides` may
    replace all blocks or some; one that cannot be read, compiled or rendered is logged and ours is used: no message is
    lost for it. Files are read once, when they are first needed.
    """

    def __init__(self, *folders: Path, overrides: Path | None = None) -> None:
        self._folders = folders
        self._overrides = overrides
        self._languages = {path.name for folder in folders for path in folder.iterdir() if path.is_dir()}
        self._environment = Environment(
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            autoescape=False,  # this is not HTML: `finalize` escapes for Markdown
        )
        self._environment.filters.update(SAID)
        self._ours = cache(self._load_ours)
        self._theirs = cache(self._load_theirs)

    def render(self, language: str, name: str, block: str, /, **context: object) -> Markdown:
        """Put one block into words; an unknown language is English.

        Raises `LookupError` where there is no such file or block, `jinja2.TemplateError` where ours is wrong.
        """
        spoken = self._spoken(language)
        theirs = self._theirs(spoken, name)
        if theirs and block in theirs.blocks:
            try:
                return _text(theirs, block, context)
            except Exception as error:  # noqa: BLE001 - a team's template may raise anything
                log.warning("%s/%s.md, block %s: %s; ours is used", spoken, name, block, _why(error))
        return _text(self._ours(spoken, name), block, context)

    def blocks(self, language: str, name: str) -> frozenset[str]:
        """Return the names of the blocks in our own file; raises `LookupError` where there is none."""
        return frozenset(self._ours(self._spoken(language), name).blocks)

    def _spoken(self, language: str) -> str:
        return language if language in self._languages else DEFAULT_LANGUAGE

    def _load_ours(self, language: str, name: str) -> Template:
        for folder in self._folders:
            path = folder / language / f"{name}.md"
            if path.is_file():
                return self._compile(path)
        raise LookupError(f"{language}/{name}.md")

    def _load_theirs(self, language: str, name: str) -> Template | None:
        path = self._overrides / language / f"{name}.md" if self._overrides else None
        if path is None or not path.is_file():
            return None
        try:
            return self._compile(path)
        except (OSError, UnicodeDecodeError, TemplateError, TooLongError, RecursionError) as error:
            log.warning("%s cannot be used: %s; ours is used", path, _why(error))
            return None

    def _compile(self, path: Path) -> Template:
        if path.stat().st_size > FILE_AT_MOST:
            raise TooLongError(f"over {FILE_AT_MOST} bytes")
        return self._environment.from_string(_INDENT.sub("", path.read_text(encoding="utf-8")))


def _text(template: Template, block: str, context: Mapping[str, object]) -> Markdown:
    text = ""
    begin()
    for part in template.blocks[block](template.new_context(dict(context))):
        text += part
        if len(text) > TEXT_AT_MOST:
            raise TooLongError(f"over {TEXT_AT_MOST} characters")
    return Markdown(text.strip())


def _shown(value: object) -> Markdown:
    return value if isinstance(value, Markdown) else escape(str(value))


def _why(error: Exception) -> str:
    # only what Jinja2 itself says: another error might carry the text of a message into the log
    return (
        f"{type(error).__name__}: {error}" if isinstance(error, TemplateError | TooLongError) else type(error).__name__
    )
