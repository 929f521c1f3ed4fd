"""The command that sends a sample: so that somebody sees that a message arrives, and how it lights the badge."""

from bot.asking import Answer, Ask, Reply
from bot.messages import SAMPLE, Message
from bot.people import PersonKey
from bot.preferences import opted_in


def test(ask: Ask) -> Answer:
    """Send the one who asks a sample."""
    return sample(ask, ask.asker.name)


def sample(ask: Ask, name: str) -> Answer:
    """Send a sample to a member, named as Mattermost names them; it goes whatever they have switched off."""
    values = {
        "name": name,
        "own": name == ask.asker.name,
        "on": opted_in(ask.choices, ask.defaults),
        "snoozed": ask.asker.at(ask.choices.snoozed) if ask.choices.snoozed > ask.asker.milliseconds else None,
    }
    return ask.choices, Reply("sample_sent", values, sample_for=name)


def message(person: PersonKey, text: str, key: str) -> Message:
    """Return a sample for a person; `key` is new for each."""
    fact = f"sample:{key}"
    return Message(person, fact, object=fact, group=fact, reason=SAMPLE, topic=SAMPLE, headline=text, kind=SAMPLE)
