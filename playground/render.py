"""Turns a message's Markdown into HTML that is safe to show, much as Mattermost's client would."""

import re
from collections.abc import Sequence
from typing import Any

import emoji
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_MENTION = re.compile(r"(?<![\w/])@([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)", re.IGNORECASE)
_OUTWARD = {"target": "_blank", "rel": "noopener noreferrer nofollow"}


def _text(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    """Show short codes as emoji, and mark mentions."""
    text = emoji.emojize(escapeHtml(tokens[index].content), language="alias", variant="emoji_type")
    return _MENTION.sub(r'<span class="mention">@\1</span>', text)


def _link(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """Open links elsewhere, and tell the other side nothing."""
    for name, value in _OUTWARD.items():
        tokens[index].attrSet(name, value)
    return self.renderToken(tokens, index, options, env)


def _image(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    """Show a picture as a link: the page loads nothing from elsewhere."""
    address, name = escapeHtml(str(tokens[index].attrs["src"])), escapeHtml(tokens[index].content or "image")
    attributes = "".join(f' {key}="{value}"' for key, value in _OUTWARD.items())
    return f'<a href="{address}"{attributes}>{name}</a>'


def _renderer() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    for rule, function in {"text": _text, "link_open": _link, "image": _image}.items():
        markdown.add_render_rule(rule, function)
    return markdown


_MARKDOWN = _renderer()


def html(text: str) -> str:
    """Render Markdown; HTML in it is shown as text, and no address but web and mail ones becomes a link."""
    rendered: Any = _MARKDOWN.render(text)
    return str(rendered)
