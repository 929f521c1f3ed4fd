"""The shape of the code, held by its syntax trees: imports point one way, rules are pure, everything stays small."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "gitlab_hooks", "playground")
COMPOSITION_ROOT = "bot/__main__.py"

FORBIDDEN = {
    "bot": {"gitlab_hooks", "playground", "gitlab"},
    "gitlab_hooks": {"playground", "mattermostdriver"},
    "playground": {"bot", "gitlab_hooks"},
}
PURE_BOT = """
    administering asking commands compose daily diagnoses digesting findings fit form looks markdown matching
    messages mutes people preferences quiet reach release retry sampling session signing switches together when
"""
PURE_GITLAB = """
    authenticity bots decide delivery diagnoses draft edits emojis event flavour flow gather groups handover
    happened hook_plan house judge last_line markup mentions missed naming nearest noteable notices prose quote
    reactions review rules settlement settling shapes summary times todo together web/plots
    web/verdicts wording
"""
PURE = (
    *(f"bot/{name}.py" for name in PURE_BOT.split()),
    *(f"gitlab_hooks/{name}.py" for name in PURE_GITLAB.split()),
    *(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("gitlab_hooks/events/*.py"))),
)
DOES_IO = {
    *("alembic", "falcon", "gitlab", "http", "httpx", "mattermostdriver", "os", "pathlib", "psycopg", "requests"),
    *("shutil", "socket", "sqlalchemy", "sqlite3", "subprocess", "threading", "time", "urllib3", "waitress"),
}
READS_ENVIRONMENT = {COMPOSITION_ROOT, "bot/config.py"}
READS_CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
FUNCTION_LINES = 40
MODULE_LINES = {"gitlab_hooks/flow.py": 50}
MODULE_LINES_ELSEWHERE = 200

SOURCES = [str(path.relative_to(ROOT)) for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
TESTS = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests").rglob("*.py"))]


def tree(source: str) -> ast.Module:
    return ast.parse((ROOT / source).read_text())


def imported(source: str) -> set[str]:
    """Full names of the modules that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def top_levels(source: str) -> set[str]:
    return {name.partition(".")[0] for name in imported(source)}


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("source", [source for source in SOURCES if source != COMPOSITION_ROOT])
def test_imports_point_one_way(source: str) -> None:
    """`gitlab_hooks` imports `bot` and never the other way round, the playground imports neither."""
    assert not top_levels(source) & FORBIDDEN[source.partition("/")[0]]


@pytest.mark.parametrize("source", PURE)
def test_rules_do_no_io(source: str) -> None:
    """Rules, events and notices import no library that reads or writes anything, nor one that tells the time."""
    assert not top_levels(source) & DOES_IO


@pytest.mark.parametrize("source", PURE)
def test_rules_read_no_clock(source: str) -> None:
    """Rules get the time as an argument."""
    calls = {
        (ast.unparse(node.func.value).rpartition(".")[2], node.func.attr)
        for node in ast.walk(tree(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }

    assert not calls & READS_CLOCK


@pytest.mark.parametrize("source", [source for source in SOURCES if source not in READS_ENVIRONMENT])
def test_environment_is_read_in_one_place(source: str) -> None:
    """Only the configuration reads the environment; everybody else is handed what they need."""
    assert not imported(source) & {"os.environ", "os.getenv"}
    assert not {ast.unparse(node) for node in ast.walk(tree(source))} & {"os.environ", "os.getenv"}


@pytest.mark.parametrize("source", SOURCES + TESTS)
def test_functions_are_short(source: str) -> None:
    """No function is longer than fits on a screen."""
    long = {
        node.name: length
        for node in functions(source)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    }

    assert not long


@pytest.mark.parametrize("source", SOURCES)
def test_modules_are_of_one_idea(source: str) -> None:
    """A module is small enough to be of one idea, blank lines aside, and opens with a sentence that says which."""
    lines = [line for line in (ROOT / source).read_text().splitlines() if line.strip()]

    assert len(lines) <= MODULE_LINES.get(source, MODULE_LINES_ELSEWHERE)
    assert not lines or ast.get_docstring(tree(source))


@pytest.mark.parametrize("source", TESTS)
def test_tests_mock_nothing_of_ours(source: str) -> None:
    """Tests use no mocks and replace no part of our own code: collaborators are arguments."""
    patches = [
        ast.unparse(node)
        for node in ast.walk(tree(source))
        if isinstance(node, ast.Attribute) and ast.unparse(node).startswith("monkeypatch.set" + "attr")
    ]

    assert not patches
    assert not {name for name in imported(source) if name.startswith(("unittest.mock", "mock."))}


@pytest.mark.parametrize("source", TESTS)
def test_tests_read_as_a_specification(source: str) -> None:
    """Every test has a docstring, which is one sentence of the specification."""
    silent = [node.name for node in functions(source) if node.name.startswith("test_") and not ast.get_docstring(node)]

    assert not silent
