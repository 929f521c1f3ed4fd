"""What an operator sees of a running program: its figures, and what it tells administrators by itself."""

import json

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.program.conftest import MakeHouse
from tests.program.running import AT_ONCE, House, cards, eventually, opened, say

TOKEN = "invented-metrics-token"
ADMIN = f'{AT_ONCE}[admin]\npeople = ["zoe"]\n'


def asked(house: House, token: str) -> requests.Response:
    return requests.get(f"{house.program.url}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=20)


def figures(house: House) -> dict[str, float]:
    """Read `/metrics`, each sample under its name and label."""
    text = asked(house, TOKEN).text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}


def test_figures(build: MakeHouse) -> None:
    """What the program has done is told to who has the token, and nothing to anybody else."""
    house = build()
    house.program.environ |= {"NUDGE_METRICS_TOKEN": TOKEN}
    house.start()
    eventually(lambda: not house.program.degraded())
    mr = opened(house)
    say(house, mr, "One", "Two")
    house.settle()
    told = figures(house)

    accepted = sum(status == "204" for status in house.statuses())
    assert told["nudge_deliveries_accepted_total"] == accepted
    assert told["nudge_told_total commented"] == 2
    assert told["nudge_posts_sent_total"] >= 1
    assert told["nudge_waiting outbox"] == told["nudge_degraded mattermost"] == 0
    for server in ("mattermost", "gitlab"):
        assert told[f"nudge_request_seconds_count {server}"] > 0
        assert told[f"nudge_requests_total 2xx {server}"] > 0
    assert "process_resident_memory_bytes" in told
    assert not any("anna" in name or "shop" in name for name in told)

    assert asked(house, "wrong").status_code == 401
    assert TOKEN not in house.program.log()


def test_no_figures_without_a_token(house: House) -> None:
    """Where no token is configured there is no such address."""
    assert asked(house, TOKEN).status_code == 404


def test_deaths_are_told(build: MakeHouse) -> None:
    """That a message died is told to the administrators by a direct message, as soon as the program runs again."""
    house = build(toml=ADMIN)
    house.start()
    say(house, opened(house), "One")
    house.settle()
    assert house.program.stop() == 0
    house.write("UPDATE outbox SET state = 'dead', error = 'POST /posts: 403 invented' WHERE kind = 'new'")
    house.restart()
    (post,) = eventually(lambda: house.posts("zoe"))

    assert post["message"].startswith("Mattermost refused ")
    (card,) = cards(post)
    assert "POST /posts: 403 invented" in card["text"].replace("\u2060", "")
    assert "One" not in card["text"]


def test_lines_are_joined(build: MakeHouse) -> None:
    """Where no terminal is, each event is a line of JSON, and what became of a delivery is found by its id."""
    house = build()
    house.start()
    say(house, opened(house), "One")
    house.settle()
    eventually(lambda: "sent as" in house.program.log())
    assert house.program.stop() == 0
    lines = [json.loads(line) for line in house.program.log().splitlines()]

    (delivery,) = house.rows("SELECT delivery FROM outbox WHERE state = 'sent' AND reason = 'commented'")[0]
    (read,) = [line for line in lines if line.get("delivery") == delivery]
    (sent,) = [line for line in lines if delivery in line.get("deliveries", [])]
    assert "told" in read["message"]
    assert "sent as" in sent["message"]
    assert all(line.keys() >= {"time", "level", "logger", "message"} for line in lines)
    assert "One" not in house.program.log()
