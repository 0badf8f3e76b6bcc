#!/usr/bin/python3
"""Two agents of aioice talk to each other through relays only; what came
of it goes to standard output as a line of JSON.

    aioice_call.py '{"host": ..., "port": ..., "transport": "tcp",
                     "tls": true, "user": ..., "password": ...,
                     "seconds": 4}'

For `seconds`, each message is echoed, and each ChannelBind is sent again
once a second.  TLS believes the certificates in $SSL_CERT_FILE."""

import asyncio
import functools
import json
import sys
import time

from aioice import Connection, ice, turn
from aioice.ice import TransportPolicy

PATIENCE_S = 5


def agent(job, is_controlling):
    return Connection(
        ice_controlling=is_controlling,
        turn_server=(job["host"], job["port"]),
        turn_username=job["user"], turn_password=job["password"],
        turn_ssl=job["tls"], turn_transport=job["transport"],
        transport_policy=TransportPolicy.RELAY)


async def introduce(to, other):
    for candidate in other.local_candidates:
        await to.add_remote_candidate(candidate)
    await to.add_remote_candidate(None)
    to.remote_username = other.local_username
    to.remote_password = other.local_password


async def talk(a, b, seconds):
    """One message after the other there and back; how many came back."""
    n = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        asked = b"%d" % n
        await a.send(asked)
        heard = await asyncio.wait_for(b.recv(), PATIENCE_S)
        await b.send(b"echo " + heard)
        echo = await asyncio.wait_for(a.recv(), PATIENCE_S)
        if echo != b"echo " + asked:
            raise ValueError(f"{asked!r} came back as {echo!r}")
        n += 1
        await asyncio.sleep(0.05)
    return n


def pair(connection):
    nominated = connection._nominated[1]
    return [nominated.local_candidate.type, nominated.remote_candidate.type]


async def call(job):
    a, b = agent(job, True), agent(job, False)
    await asyncio.gather(a.gather_candidates(), b.gather_candidates())
    await introduce(a, b)
    await introduce(b, a)
    await asyncio.wait_for(asyncio.gather(a.connect(), b.connect()),
                           PATIENCE_S)
    result = {"pairs": [pair(a), pair(b)],
              "echoes": await talk(a, b, job["seconds"])}
    await asyncio.gather(a.close(), b.close())
    await asyncio.sleep(0.2)        # their last requests go out
    return result


# Connection has no argument for this.
ice.turn.create_turn_endpoint = functools.partial(
    turn.create_turn_endpoint, channel_refresh_time=1)
print(json.dumps(asyncio.run(call(json.loads(sys.argv[1])))))
