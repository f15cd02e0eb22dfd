"""A score goes nowhere but to the platform: certificates are verified, addresses inside our own house are refused."""

import ssl
from datetime import timedelta
from pathlib import Path

from tests.crash.world import HastyHttpClient, RunningHostilePlatform, World
from tests.trainer.core.test_http_client import Listener, certificate
from trainer.core.http import SafeHttpClient
from trainer.worker import Worker


def test_a_platform_whose_certificate_is_not_in_order_is_waited_for(world: World, tmp_path: Path) -> None:
    """Given a self-signed certificate, nothing is sent; when it is trusted, the score arrives."""
    pem = certificate(tmp_path, name="127.0.0.1", days=30)
    running = RunningHostilePlatform(tmp_path, certificate=pem)
    try:
        tenant = running.tenant()
        tenant.trust(pem)
        tenant.tell(items=[{"id": "column"}])
        registration_id = world.platform(tenant)
        link_id = world.link(registration_id, line_item=tenant.item_url("column"))
        world.completed(registration_id, link_id, "ann")
        Worker(
            world.database, world.settings, clock=world.clock, http=HastyHttpClient(allow_insecure=True)
        ).run_once()
        (row,) = world.deliveries()
        assert (row.state, row.reason, row.outcome_unknown) == ("waiting", "certificate", False)
        assert tenant.state()["diary"] == []

        world.clock.push(timedelta(hours=1, seconds=1))
        trusting = HastyHttpClient(allow_insecure=True, tls=ssl.create_default_context(cafile=str(pem)))
        Worker(world.database, world.settings, clock=world.clock, http=trusting).run_once()
        (row,) = world.deliveries()
        assert row.state == "delivered"
    finally:
        running.stop()


def test_an_address_inside_is_not_called(world: World) -> None:
    """Given a platform whose name leads to our own network, the row is parked and nobody was connected to."""
    inside = Listener(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    url = f"https://lms.example.org:{inside.port}"
    registration_id = world.registration(url, name="inside")
    link_id = world.link(registration_id, line_item=f"{url}/items/1")
    world.completed(registration_id, link_id, "ann")
    client = SafeHttpClient(resolver=lambda _host, _port: ["127.0.0.1"])
    Worker(world.database, world.settings, clock=world.clock, http=client).run_once()
    (row,) = world.deliveries()
    assert (row.state, row.reason) == ("parked", "address")
    assert inside.connections == 0
    inside.socket.close()
