"""The files by which it is deployed: valid by their published schemas, and saying the same as the program."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
UNIT, SOCKET = (ROOT / "docs" / "deploy" / name for name in ("nudge.service", "nudge.socket"))
SECRET = re.compile(r"\b(?:MATTERMOST|GITLAB|NUDGE)_[A-Z_]*(?:TOKEN|PASSWORD)\b")
SCRIPTS = sorted((ROOT / "deploy").glob("*.sh"))


def yaml(name: str) -> dict[str, Any]:
    read: dict[str, Any] = YAML(typ="safe").load((ROOT / name).read_text())
    return read


def settings(unit: Path) -> dict[str, list[str]]:
    """Return what a unit sets, each key with all its values."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize(("schema", "name"), [("gitlab-ci", ".gitlab-ci.yml"), ("compose-spec", "compose.yaml")])
def test_schema(schema: str, name: str) -> None:
    """The file is valid by the schema that its makers publish."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", name]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_shell(script: Path) -> None:
    """Every script is one that any shell reads, stops at its first fault and at a variable that is not set."""
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    assert re.search(r"^set -eu$", script.read_text(), re.MULTILINE)


def test_pipeline_scripts_are_shell() -> None:
    """Every step of the pipeline is something that a shell reads, and every script it runs is there."""
    jobs = {name: job for name, job in yaml(".gitlab-ci.yml").items() if isinstance(job, dict) and "script" in job}
    assert {"lint", "test", "build", "scan", "deploy", "rollback"} == jobs.keys()
    for job in jobs.values():
        lines = "\n".join(job["script"])
        assert subprocess.run(["sh", "-n"], input=lines, text=True, check=False).returncode == 0
        for script in re.findall(r"^(?:sh|bash) (\S+)", lines, re.MULTILINE):
            assert (ROOT / script).is_file()


def test_only_the_default_branch_is_deployed() -> None:
    """Whatever pushes, scans or deploys runs on the default branch alone, one at a time, and going back by hand."""
    jobs = yaml(".gitlab-ci.yml")
    for name in ("build", "scan", "deploy", "rollback"):
        assert [rule["if"] for rule in jobs[name]["rules"]] == ["$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"]
    assert jobs[".host"]["resource_group"] == "production"
    assert {jobs[name]["extends"] for name in ("deploy", "rollback")} == {".host"}
    assert jobs["rollback"]["rules"][0]["when"] == "manual"


def test_services_are_shut_in() -> None:
    """Whatever runs the bot, or stands before it, may write nowhere but where it must, and has no rights."""
    services = yaml("compose.yaml")["services"]
    for name in ("nudge", "replica-1", "replica-2", "balancer"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]
    assert "profiles" not in services["nudge"]
    assert all("profiles" in service for name, service in services.items() if name != "nudge")
    for name in ("replica-1", "replica-2"):
        assert services[name]["environment"].keys() == services["nudge"]["environment"].keys()
        assert f"server {name} {name}:8080" in yaml("compose.yaml")["configs"]["balancer"]["content"]


def test_image() -> None:
    """The image holds what is pinned by hash and no compiler, runs as nobody special, and tells whether it lives."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    *_, last = dockerfile.split("\nFROM ")

    assert "--no-deps --require-hashes --only-binary :all:" in dockerfile
    assert not re.search(r"apt-get|pip install|gcc", last)
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    for label in ("title", "description", "licenses", "version", "revision", "source"):
        assert f"org.opencontainers.image.{label}=" in last


def test_unit() -> None:
    """The unit reads each secret from a file that systemd hands it, and takes the socket that systemd holds."""
    unit = settings(UNIT)
    files = dict(value.split("=", 1) for value in unit["Environment"] if "_FILE=" in value)
    handed = [value.partition(":")[0] for value in unit["LoadCredential"]]

    assert {path.removeprefix("%d/") for path in files.values()} == set(handed)
    assert all(SECRET.fullmatch(name.removesuffix("_FILE")) for name in files)
    assert SOCKET.name in unit["Requires"]
    assert settings(SOCKET)["ListenStream"] == ["8080"]
    assert unit["DynamicUser"] == ["yes"]
    assert unit["ProtectSystem"] == ["strict"]


def test_login(tmp_path: Path) -> None:
    """The builder's login is for the project's registry, and for nobody else's eyes."""
    given = {"CI_REGISTRY": "registry.example.com", "CI_REGISTRY_USER": "job", "CI_REGISTRY_PASSWORD": "x" * 80}
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **given}
    subprocess.run(["sh", ROOT / "deploy" / "login.sh"], env=environ, check=True)
    written = tmp_path / ".docker" / "config.json"

    assert json.loads(written.read_text())["auths"]["registry.example.com"]["auth"]
    assert written.stat().st_mode & 0o077 == 0
