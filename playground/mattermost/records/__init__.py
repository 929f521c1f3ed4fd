"""The things a Mattermost server keeps, and how its REST API v4 shows them."""

from playground.mattermost.records.channels import DIRECT, Channel, Member, Team
from playground.mattermost.records.commands import Command
from playground.mattermost.records.json import Json
from playground.mattermost.records.people import Session, User
from playground.mattermost.records.posts import Post, listed

__all__ = ["DIRECT", "Channel", "Command", "Json", "Member", "Post", "Session", "Team", "User", "listed"]
