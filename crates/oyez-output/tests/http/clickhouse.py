"""ClickHouse's engine (PyPI chdb) behind as much of its HTTP interface as oyez uses; prints its port."""
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from chdb.session import Session

session = Session()
turn = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, body):
        settings = dict(parse_qsl(urlsplit(self.path).query))
        query = settings.pop("query", "")
        if query.startswith("INSERT"):
            given = ", ".join(f"{name}='{value}'" for name, value in settings.items())
            query = query.replace(" FORMAT ", f" SETTINGS {given} FORMAT ", 1)
        query = (query + "\n").encode() + body if query.startswith("INSERT") else query or body.decode()
        status, code = 200, None
        try:
            query = query.decode() if isinstance(query, bytes) else query
            with turn:
                text = session.query(query, "TSV").bytes() or b""
        except Exception as error:
            text = str(error).encode()
            code = re.match(rb"Code: (\d+)", text)
            status = 404 if b"UNKNOWN_TABLE" in text else 400 if b"CANNOT_PARSE" in text else 500
        self.send_response(status)
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code[1].decode())
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
