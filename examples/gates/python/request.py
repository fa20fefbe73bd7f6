"""Decides gates on NATS; needs `pip install nats-py`.

    request.py --subject gates.shop --freeze freeze.txt

The server is that of NATS_URL. Start it twice, and the two share the work: they are one queue group.
"""

import argparse
import asyncio
import os
import pathlib

import nats
from nats.aio.msg import Msg

from decide import answer, decide


async def serve(subject: str, freeze: pathlib.Path) -> None:
    async def heard(message: Msg) -> None:
        try:
            said = decide(message.data, freeze)
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            said = answer(False, f"no question: {error}")
        await message.respond(said)

    client = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"))
    await client.subscribe(subject, queue="gates", cb=heard)
    # The server knows of it before anybody is told.
    await client.flush()
    print(f"listens on {subject}", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="Decides gates on NATS.")
    parser.add_argument("--subject", default="gates.shop")
    parser.add_argument("--freeze", type=pathlib.Path, default="freeze.txt")
    args = parser.parse_args()
    asyncio.run(serve(args.subject, args.freeze))


if __name__ == "__main__":
    main()
