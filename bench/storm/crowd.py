"""A crowd in the playground's world: enough people that some are free while others' mailboxes are in dead hands."""

from playground.cast import CAST, DEVELOPER, DOMAIN
from playground.gitlab.objects import User
from playground.world import CHANNEL, World

SIZE = 24
OUTSIDER = "zoe"
"""Is in no project, and must never be told, whoever mentions her."""
STRANGER = "lena"
"""Is matched with nobody in GitLab."""


def gather(world: World) -> dict[User, str]:
    """Add people to a world; return everybody who works on its project, each with their name in Mattermost."""
    staff = (person for person in CAST if person.name not in {OUTSIDER, STRANGER})
    names = {world.gitlab.user(person.username): person.name for person in staff}
    channel = next(one.id for one in world.mattermost.state.channels.values() if one.name == CHANNEL)
    for number in range(SIZE - len(names)):
        name = f"person{number}"
        user = world.gitlab.add_user(name, f"Person {number}", email=f"{name}@{DOMAIN}")
        world.project.group.members[user.id] = DEVELOPER
        world.mattermost.add_user(name, email=user.email, password=world.gitlab.new_uuid(), first_name="Person")
        world.mattermost.join(name, channel)
        names[user] = name
    return names
