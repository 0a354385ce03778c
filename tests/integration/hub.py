"""A Hugging Face hub of the test's own: repositories at commits, small files in answers, large ones
behind a redirect to another server, with the headers that huggingface_hub asks for, and faults."""
import contextlib
import dataclasses
import hashlib
import http.server
import json
import re
import ssl
import threading

LARGE = re.compile(r".*\.(safetensors|bin|h5|msgpack)$")


@dataclasses.dataclass
class Repository:
    files: dict  # bytes by name
    commit: str
    is_gated: bool = False
    is_private: bool = False
    sizes: dict = dataclasses.field(default_factory=dict)  # that the hub claims, by name

    def digest(self, name):
        return hashlib.sha256(self.files[name]).hexdigest()

    def git_digest(self, name):
        content = self.files[name]
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()

    def describe(self, name):
        siblings = []
        for file, content in self.files.items():
            sibling = {"rfilename": file, "size": self.sizes.get(file, len(content)),
                       "blobId": self.git_digest(file)}
            if LARGE.match(file):
                sibling["lfs"] = {"sha256": self.digest(file), "size": sibling["size"],
                                  "pointerSize": 134}
            siblings.append(sibling)
        return {"id": name, "modelId": name, "sha": self.commit, "private": self.is_private,
                "gated": "auto" if self.is_gated else False, "tags": [], "siblings": siblings}


    def tree(self):
        entries = []
        for file, content in self.files.items():
            entry = {"type": "file", "path": file, "oid": self.git_digest(file),
                     "size": len(content)}
            if LARGE.match(file):
                entry["lfs"] = {"oid": self.digest(file), "size": len(content), "pointerSize": 134}
            entries.append(entry)
        return entries


@dataclasses.dataclass
class Request:
    method: str
    path: str
    range: str
    authorization: str


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # clients that leave are part of the tests


class Hub:
    """`endpoint` has the API and small files, and redirects large ones to a second server."""

    def __init__(self, certificate=None):
        self.repositories = {}
        self.requests = []          # of the endpoint
        self.content_requests = []  # of the server of large files
        self.faults = []            # callables (handler, path) that answer a request instead: once
        self.content_faults = []
        self.changed = threading.Condition()
        self.token = "hf_good"
        self.has_ranges = True
        scheme = "http"
        self._servers = []
        for answer in (self._answer, self._answer_content):
            server = _Server(("127.0.0.1", 0), self._handler(answer))
            if certificate:
                scheme = "https"
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*certificate)
                server.socket = context.wrap_socket(server.socket, server_side=True)
            self._servers.append(server)
            threading.Thread(target=server.serve_forever, daemon=True).start()
        self.endpoint, self.content = (
            f"{scheme}://127.0.0.1:{server.server_address[1]}" for server in self._servers)

    def close(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def add(self, name, folder_or_files, commit=None, **more):
        files = folder_or_files
        if not isinstance(files, dict):
            files = {path.name: path.read_bytes() for path in sorted(files.iterdir())}
        commit = commit or hashlib.sha1(name.encode()).hexdigest()
        self.repositories[name] = Repository(files, commit, **more)
        return self.repositories[name]

    def wait_for(self, predicate, timeout=60):
        with self.changed:
            if not self.changed.wait_for(predicate, timeout):
                raise AssertionError(f"the hub was asked {self.requests + self.content_requests}")

    def ranges_of(self, name):
        """The ranges that were asked for of a large file, in order; None: all of it."""
        digests = {repository.digest(name) for repository in self.repositories.values()
                   if name in repository.files}
        return [request.range for request in self.content_requests
                if request.path.rsplit("/", 1)[-1] in digests]

    def fetched(self):
        """The files that were asked for by GET, as REPOSITORY/FILE."""
        names = []
        for request in self.requests:
            match = re.match(r"/(.+)/resolve/[^/]+/(.+)$", request.path)
            if match and request.method == "GET":
                names.append("/".join(match.groups()))
        return names

    def _handler(self, answer):
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                with contextlib.suppress(OSError):
                    answer(self, self.path.split("?")[0])

            do_HEAD = do_GET

            def log_message(self, *arguments):
                pass

            def say(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), str(value))
                if "Content_Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def refuse(self, status, code, message):
                self.say(status, json.dumps({"error": message}).encode(), X_Error_Code=code,
                         X_Error_Message=message, Content_Type="application/json")

            def hang_up(self):
                self.close_connection = True

            @property
            def is_known(self):
                return self.headers.get("Authorization") == f"Bearer {hub.token}"

        return Handler

    def _note(self, requests, faults, handler, path):
        """Whether a fault has answered."""
        with self.changed:
            requests.append(Request(handler.command, path, handler.headers.get("Range"),
                                    handler.headers.get("Authorization")))
            fault = faults.pop(0) if faults else None
            self.changed.notify_all()
        if fault is None:
            return False
        fault(handler, path)
        return True

    def _answer(self, handler, path):
        if self._note(self.requests, self.faults, handler, path):
            return
        if match := re.match(r"/api/models/(.+)/revision/(.+)$", path):
            return self._describe(handler, *match.groups())
        if match := re.match(r"/api/models/(.+)/tree/(.+)$", path):
            repository = self._find(handler, *match.groups())
            return repository and handler.say(200, json.dumps(repository.tree()).encode(),
                                              Content_Type="application/json")
        if match := re.match(r"/(.+)/resolve/([^/]+)/(.+)$", path):
            return self._resolve(handler, *match.groups())
        return handler.refuse(404, "EntryNotFound", "Not Found")

    def _find(self, handler, name, revision):
        repository = self.repositories.get(name)
        if repository is None or repository.is_private and not handler.is_known:
            if handler.headers.get("Authorization") and not handler.is_known:
                handler.refuse(401, "", "Invalid credentials in Authorization header")
            else:
                handler.refuse(401, "RepoNotFound", "Invalid username or password.")
            return None
        if revision not in ("main", repository.commit):
            handler.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return None
        return repository

    def _describe(self, handler, name, revision):
        if repository := self._find(handler, name, revision):
            handler.say(200, json.dumps(repository.describe(name)).encode(),
                        Content_Type="application/json")

    def _resolve(self, handler, name, revision, file):
        repository = self._find(handler, name, revision)
        if repository is None:
            return None
        if repository.is_gated and not handler.is_known:
            return handler.refuse(401, "GatedRepo", f"Access to model {name} is restricted.")
        if file not in repository.files:
            return handler.refuse(404, "EntryNotFound", "Entry not found")
        common = {"X_Repo_Commit": repository.commit, "Accept_Ranges": "bytes"}
        content = repository.files[file]
        if not LARGE.match(file):
            return handler.say(200, content, ETag=f'"{repository.git_digest(file)}"', **common)
        digest = repository.digest(file)
        return handler.say(302, Location=f"{self.content}/{name}/{digest}?signature=secret",
                           X_Linked_Size=len(content), X_Linked_ETag=f'"{digest}"', **common)

    def _answer_content(self, handler, path):
        if self._note(self.content_requests, self.content_faults, handler, path):
            return None
        content = self.content_of(path)
        if content is None:
            return handler.say(404)
        return self.send(handler, content)

    def content_of(self, path):
        digest = path.rsplit("/", 1)[-1]
        for repository in self.repositories.values():
            for name, content in repository.files.items():
                if repository.digest(name) == digest:
                    return content
        return None

    def send(self, handler, content, end=None):
        """The content, or its range; breaks off after `end` bytes of it."""
        match = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range") or "")
        begin = int(match[1]) if match and self.has_ranges else 0
        part = content[begin:]
        headers = {"Content_Length": len(part), "ETag": '"content"'}
        if match and self.has_ranges:
            headers["Content_Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        handler.say(206 if "Content_Range" in headers else 200, part[:end], **headers)
        if end is not None:
            handler.hang_up()


def break_off(hub, count):
    """A fault: the connection breaks after this many bytes."""
    def fault(handler, path):
        hub.send(handler, hub.content_of(path), count)
    return fault


def refuse(status, **headers):
    """A fault: the status instead of an answer."""
    def fault(handler, path):
        del path
        handler.say(status, b"later", **headers)
    return fault


def instead(content):
    """A fault: other bytes."""
    def fault(handler, path):
        del path
        handler.say(200, content)
    return fault


class Gate:
    """A fault: half of the content comes, the rest once the gate is open."""

    def __init__(self, hub):
        self.hub = hub
        self.opened = threading.Event()
        self.reached = threading.Event()

    def __call__(self, handler, path):
        content = self.hub.content_of(path)
        half = len(content) // 2
        handler.say(200, content[:half], Content_Length=len(content))
        handler.wfile.flush()
        self.reached.set()
        self.opened.wait(60)
        handler.wfile.write(content[half:])
