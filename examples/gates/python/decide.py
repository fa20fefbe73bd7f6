"""The decision itself, however the question comes: on NATS (request.py) or over HTTP (webhook.py)."""

import json
import pathlib

VERSION = "tributary.dev/gate/v1"


def decide(question: bytes, freeze: pathlib.Path) -> bytes:
    """No while somebody in the wave has failed, and no while there is a freeze: a file whose first line says why."""
    asked = json.loads(question)
    if asked.get("apiVersion") != VERSION:
        return answer(False, f"a question of version {asked.get('apiVersion')} is not understood")
    if freeze.exists():
        return answer(False, freeze.read_text().partition("\n")[0])
    failed = asked["counts"]["failed"]
    if failed:
        return answer(False, f"{failed} of wave {asked['wave']} have failed")
    return answer(True, "no freeze")


def answer(allow: bool, reason: str) -> bytes:
    return json.dumps({"allow": allow, "reason": reason}).encode()
