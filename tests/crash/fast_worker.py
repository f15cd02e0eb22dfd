"""`trainer worker` with its clock sped up and its patience shortened: for crash runs only.

python -m tests.crash.fast_worker --speed 120 --origin 1790000000 --patience 0.6
"""

import argparse
import signal

from lti.http import Timeout
from tests.crash.world import HastyHttpClient, RunningClock
from trainer.core.database import Database
from trainer.core.logging import configure_logging
from trainer.core.settings import load_settings
from trainer.worker import Worker


def main() -> None:
    """Work until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--speed", type=float, required=True, help="seconds of its clock in one of the machine's"
    )
    parser.add_argument(
        "--origin", type=float, required=True, help="when its clock agreed with the machine's"
    )
    parser.add_argument(
        "--patience", type=float, required=True, help="seconds of the machine that a request may take"
    )
    arguments = parser.parse_args()
    settings = load_settings()
    configure_logging(settings.log_level)
    HastyHttpClient.limit = Timeout(arguments.patience, arguments.patience)
    worker = Worker(
        Database(settings.database_url),
        settings,
        clock=RunningClock(speed=arguments.speed, origin=arguments.origin),
        http=HastyHttpClient(allow_insecure=True),
        speed=arguments.speed,
    )
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.run()


if __name__ == "__main__":
    main()
