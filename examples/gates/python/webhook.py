"""Decides gates over HTTP, with nothing but Python.

    webhook.py --listen 127.0.0.1:8080 --freeze freeze.txt [--certificate gate.crt --key gate.key]

With a certificate it speaks HTTPS. Tributary checks it against the authorities of the machine that placement runs on.
"""

import argparse
import pathlib
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from decide import decide

# A question has a few hundred bytes.
MAX_QUESTION = 64 * 1024


class Gate(BaseHTTPRequestHandler):
    freeze: pathlib.Path

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if not 0 < length <= MAX_QUESTION:
            return self.send_error(413)
        try:
            answer = decide(self.rfile.read(length), self.freeze)
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            return self.send_error(400, f"no question: {error}")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def main() -> None:
    parser = argparse.ArgumentParser(description="Decides gates over HTTP.")
    parser.add_argument("--listen", default="127.0.0.1:8080")
    parser.add_argument("--freeze", type=pathlib.Path, default="freeze.txt")
    parser.add_argument("--certificate", type=pathlib.Path)
    parser.add_argument("--key", type=pathlib.Path)
    args = parser.parse_args()
    Gate.freeze = args.freeze
    host, port = args.listen.rsplit(":", 1)
    server = ThreadingHTTPServer((host, int(port)), Gate)
    if args.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.certificate, args.key)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    print(f"listen={host}:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
