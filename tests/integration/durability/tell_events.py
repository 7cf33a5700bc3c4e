"""Makes events, or delivers them, until it is killed.

    tell_events.py change FOLDER FIRST   begin sessions FIRST, FIRST + 1 and so on, and say which are kept
    tell_events.py deliver FOLDER        be the courier

It is a program of its own because its parent kills it and starts it again on the same file.
"""

import ipaddress
import itertools
import os
import sys

from sonde.directory import Directory
from sonde.model.peers import peer_id_of
from sonde.model.sightings import Sighting
from sonde.services.clock import utc_now
from sonde.services.sessions import Sessions
from sonde.services.signing import Signing
from sonde.services.webhook_courier import WebhookCourier

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


def say(*words: object) -> None:
    """One whole line, whenever the process may be killed."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def change(directory: Directory, first: int) -> None:
    """Begin one session after the other."""
    sessions = Sessions(directory)
    for number in itertools.count(first):
        now = utc_now()
        sighting = Sighting(
            workspace_id=1,
            peer_id=peer_id_of(f"peer-{number}"),
            first_at=now,
            last_at=now,
            meeting=f"room-{number}",
        )
        say("acked", number, sessions.saw([sighting])[0].session_id)


def deliver(directory: Directory) -> None:
    """Bring whatever there is, and go on when nothing is."""
    courier = WebhookCourier(directory, Signing(directory), allowed=LOOPBACK)
    say("ready")
    while True:
        courier.spread()
        courier.deliver()


if __name__ == "__main__":
    opened = Directory(f"sqlite:///{sys.argv[2]}/directory.db")
    if sys.argv[1] == "change":
        change(opened, int(sys.argv[3]))
    else:
        deliver(opened)
