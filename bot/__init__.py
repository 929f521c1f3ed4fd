"""The Mattermost side: who a person is, what they chose to hear, and how a message reaches them once."""

__version__ = "0.1.0"
