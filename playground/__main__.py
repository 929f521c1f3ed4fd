"""`python -m playground`: the stand-ins and the page alone, for a bot that is started by hand."""

import argparse
import signal
import threading

from playground.world import PORT, World

BOT = "127.0.0.1:8080"


def main() -> None:
    """Run until Ctrl-C, and say how to start a bot beside it."""
    parser = argparse.ArgumentParser(prog="python -m playground", description=main.__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="where the page shall be (another one if it is taken)")
    parser.add_argument("--bot", default=BOT, help="where the bot listens: host:port")
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    world = World(options.port)
    world.register_bot(f"http://{options.bot}")
    print(instructions(world, options.bot), flush=True)  # noqa: T201 - this is what it is started for
    stop.wait()
    world.close()


def instructions(world: World, bot: str) -> str:
    """Say what to open, and what to start."""
    variables = "\n".join(f"export {name}='{value}'" for name, value in world.environment().items())
    return (
        f"Open {world.url}\n\n"
        f"To start a bot beside it, put this into a bot.toml:\n\n{world.bot_toml(listen=bot)}\n"
        f"and run, in the same folder:\n\n{variables}\npython -m bot serve\n\n"
        "Ctrl-C stops the playground."
    )


if __name__ == "__main__":
    main()
