"""What an operator sees and does: `trainer worker --once`, `trainer deliveries list` and `retry`, and the metrics."""

import os
import subprocess
from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families

from scripts.processes import BIN, ROOT
from tests.crash.world import HostileTenant, World
from trainer.courses.delivery_metrics import outbox_metrics


def trainer(world: World, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "trainer", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **world.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_operator_sees_what_is_parked_and_sends_it_again(
    world: World, tenant: HostileTenant, course: tuple[int, int]
) -> None:
    tenant.tell(script={"score": ["refuse:422:Term is closed"]})
    world.completed(*course, "ann")
    done = trainer(world, "worker", "--once")
    assert done.returncode == 0, done.stderr

    listed = trainer(world, "deliveries", "list", "--state", "parked", "--platform", tenant.name)
    (row,) = world.deliveries()
    assert row.public_id in listed.stdout
    assert "Term is closed" in listed.stdout
    assert "See what the platform said" in listed.stdout
    assert "There are none" in trainer(world, "deliveries", "list", "--state", "delivered").stdout

    assert "1 to be sent again" in trainer(world, "deliveries", "retry", "--all-parked").stdout
    trainer(world, "worker", "--once")
    assert list(tenant.scores()) == [("column", "ann")]
    assert "delivered" in trainer(world, "deliveries", "list").stdout
    assert "0 to be sent again" in trainer(world, "deliveries", "retry", row.public_id).stdout


def test_what_makes_no_sense_is_said(world: World) -> None:
    for arguments in (["retry"], ["retry", "x", "--all-parked"], ["retry", "x", "--platform", "y"]):
        assert trainer(world, "deliveries", *arguments).returncode == 2
    nobody = trainer(world, "deliveries", "list", "--platform", "nobody")
    assert nobody.returncode == 1
    assert "no platform with the name 'nobody'" in nobody.stderr


def test_the_metrics_tell_the_age_of_the_outbox(
    world: World, tenant: HostileTenant, course: tuple[int, int]
) -> None:
    tenant.tell(script={"score": ["500"]})
    world.completed(*course, "ann")
    trainer(world, "worker", "--once")
    world.clock.push(timedelta(minutes=10))
    with world.database.reading() as connection:
        text = outbox_metrics(connection, world.clock()).decode()
    figures = {
        (sample.name, sample.labels.get("state")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert 600 <= figures["buddy_trainer_outbox_age_seconds", None] < 660
    assert figures["buddy_trainer_deliveries", "waiting"] == 1
    assert figures["buddy_trainer_deliveries", "parked"] == 0
    assert figures["buddy_trainer_platform_failures", None] == 1
