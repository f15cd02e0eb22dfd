"""The service starts with settings that make sense, and else says in one line what is wrong."""

from pathlib import Path

import pytest

from trainer.core.settings import SettingsError, load_settings

GOOD = {
    "TRAINER_DATABASE_URL": "sqlite:////tmp/trainer.db",
    "TRAINER_SECRET_KEY": "x" * 32,
    "TRAINER_BASE_URL": "https://training.example.be",
}


def test_it_works() -> None:
    settings = load_settings(GOOD)
    assert settings.origin == "https://training.example.be"
    assert not settings.allow_insecure_platforms
    assert settings.delivery_rate == 5


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"TRAINER_SECRET_KEY": None}, "TRAINER_SECRET_KEY"),
        ({"TRAINER_SECRET_KEY": "short"}, "TRAINER_SECRET_KEY"),
        ({"TRAINER_DATABASE_URL": None}, "TRAINER_DATABASE_URL"),
        ({"TRAINER_DATABASE_URL": "mysql://x"}, "TRAINER_DATABASE_URL"),
        ({"TRAINER_BASE_URL": "http://training.example.be"}, "TRAINER_BASE_URL"),
        ({"TRAINER_BASE_URL": "https://training.example.be/path"}, "TRAINER_BASE_URL"),
        ({"TRAINER_BASE_URL": "training.example.be"}, "TRAINER_BASE_URL"),
        ({"TRAINER_ALLOW_INSECURE_PLATFORMS": "1"}, "TRAINER_ALLOW_INSECURE_PLATFORMS"),
        ({"TRAINER_ALLOW_INSECURE_PLATFORMS": "maybe"}, "TRAINER_ALLOW_INSECURE_PLATFORMS"),
        ({"TRAINER_DELIVERY_RATE": "0"}, "TRAINER_DELIVERY_RATE"),
        ({"TRAINER_DELIVERY_RATE": "many"}, "TRAINER_DELIVERY_RATE"),
        ({"TRAINER_LOG_LEVEL": "LOUD"}, "TRAINER_LOG_LEVEL"),
        ({"TRAINER_CONFIG": "/nowhere/at/all.toml"}, "TRAINER_CONFIG"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(change: dict[str, str | None], names: str) -> None:
    environment = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    with pytest.raises(SettingsError) as problem:
        load_settings(environment)
    assert names in str(problem.value)
    assert "\n" not in str(problem.value)


def test_plain_platforms_are_for_this_machine_only() -> None:
    local = {**GOOD, "TRAINER_BASE_URL": "http://127.0.0.1:8000", "TRAINER_ALLOW_INSECURE_PLATFORMS": "1"}
    assert load_settings(local).allow_insecure_platforms


def test_a_file_holds_settings_and_the_environment_wins(tmp_path: Path) -> None:
    path = tmp_path / "trainer.toml"
    path.write_text('base_url = "https://file.example.be"\ndelivery_rate = 7\n', encoding="utf-8")
    environment = {**GOOD, "TRAINER_CONFIG": str(path)}
    settings = load_settings(environment)
    assert (settings.base_url, settings.delivery_rate) == ("https://training.example.be", 7)


def test_a_file_with_a_strange_name_in_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trainer.toml"
    path.write_text('databse_url = "typo"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="databse_url"):
        load_settings({**GOOD, "TRAINER_CONFIG": str(path)})
