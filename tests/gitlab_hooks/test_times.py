"""GitLab's timestamps in all the forms they have had."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitlab_hooks.times import milliseconds

MOMENT = 1_764_000_000_000  # 2025-11-24 16:00:00 UTC


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-11-24 16:00:00 UTC", MOMENT),
        ("2025-11-24 17:00:00 +0100", MOMENT),
        ("2025-11-24 07:00:00 -0900", MOMENT),
        ("2025-11-25 01:00:00 +09:00", MOMENT),
        ("2025-11-24T16:00:00Z", MOMENT),
        ("2025-11-24T16:00:00.423Z", MOMENT + 423),
        ("2025-11-24T16:00:00.423456+00:00", MOMENT + 423),
        ("2025-11-24T16:00:00", MOMENT),
        ("  2025-11-24T16:00:00Z\n", MOMENT),
        ("2025-11-24", MOMENT - 16 * 3_600_000),
        ("", None),
        (None, None),
        ("soon", None),
        ("0001-01-01T00:00:00+14:00", -62_135_647_200_000),
        ("2025-13-01", None),
        ("2025-11-24 16:00:00 KST", None),
    ],
)
def test_forms(text: str | None, expected: int | None) -> None:
    """Every form that GitLab has used is read, and what is none is None."""
    assert milliseconds(text) == expected


@given(
    st.datetimes(
        datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
        datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    )
)
def test_forms_agree(moment: datetime) -> None:
    """One moment is the same in the old forms, to the second, and in the new one, to the millisecond."""
    whole = moment.replace(microsecond=0)
    expected = round(whole.timestamp() * 1000)

    assert milliseconds(whole.strftime("%Y-%m-%d %H:%M:%S %z")) == expected
    assert milliseconds(whole.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")) == expected
    assert milliseconds(moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")) == (
        expected + moment.microsecond // 1000
    )


@given(st.text())
def test_any_text(text: str) -> None:
    """No text at all is a failure."""
    assert milliseconds(text) is None or isinstance(milliseconds(text), int)
