"""Webhooks: their messages, repeated attempts, and hosts that are not allowed."""
import argparse
import http.server
import json
import pathlib
import queue
import shutil
import signal
import socket
import sqlite3
import sys
import tempfile
import threading
import time
import unittest

from rig import Client, Daemon

OPTIONS = None  # set by main

TINY = {"max_steps": 8, "save_steps": 4, "eval_steps": 4}
ENDLESS = {**TINY, "max_steps": 1000000}


class Webhook:
    """Takes POSTs and answers them with the statuses that it is given, then with 200."""

    def __init__(self, statuses=(), location=None):
        self.statuses = list(statuses)
        self.posts = queue.Queue()  # (path, headers, JSON)
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = webhook.statuses.pop(0) if webhook.statuses else 200
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()
                webhook.posts.put((self.path, dict(self.headers), json.loads(body)))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        return self.posts.get(timeout=60)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class NotifyTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def webhook(self, *arguments, **options):
        webhook = Webhook(*arguments, **options)
        self.addCleanup(webhook.close)
        return webhook

    def daemon(self, *arguments):
        daemon = Daemon(OPTIONS.electrad, self.folder / "data", arguments,
                        {"no_proxy": "127.0.0.1"}).start()
        self.addCleanup(lambda: daemon.is_running() and daemon.end(signal.SIGTERM))
        self.client = Client(OPTIONS.electra, daemon.address)
        return daemon

    def submit(self, *arguments, settings=None):
        return self.client.submit("--corpus", OPTIONS.corpus, *arguments, settings=settings or TINY)

    def sent(self, daemon):
        """Until no notification is left."""
        while daemon.rows("SELECT 1 FROM notifications"):
            time.sleep(0.05)

    def test_an_end_is_told_to_slack_discord_and_programs_and_nobody_sees_the_url(self):
        webhook = self.webhook()
        daemon = self.daemon("--notify-hosts", webhook.origin)
        job = self.submit("--name", "<!channel> @everyone & \u202ebooks", "--notify",
                          f"{webhook.origin}/T0/secret?key=1")
        path, headers, body = webhook.next()
        self.assertEqual(path, "/T0/secret?key=1")
        self.assertTrue(headers["Content-Type"].startswith("application/json"))
        self.assertEqual((body["job"], body["state"], body["step"], body["total_steps"]),
                         (job, "SUCCEEDED", 8, 8))
        self.assertEqual(body["corpus"], OPTIONS.corpus.name)
        self.assertEqual(body["best_evaluation"].keys(), {"step", "combined_loss"})
        self.assertIn("&lt;!channel&gt; @everyone &amp; ", body["text"])
        self.assertIn("succeeded at step 8 of 8, best evaluation loss ", body["content"])
        self.assertEqual(body["allowed_mentions"], {"parse": []})
        self.assertNotIn("\u202e", body["text"] + body["content"])
        self.sent(daemon)
        self.assertTrue(webhook.posts.empty())
        shown = (self.client.run("job", "show", job, "--json").stdout + daemon.log() +
                 self.client.run("jobs", "--json").stdout)
        self.assertNotIn("secret", shown)
        self.assertIn("notification_sent", daemon.log())
        self.assertEqual(daemon.rows("SELECT notify_url FROM jobs"),
                         [(f"{webhook.origin}/T0/secret?key=1",)])

    def test_failures_are_tried_again_and_refusals_are_not(self):
        webhook = self.webhook([500, 429])
        refusing = self.webhook([404])
        daemon = self.daemon("--notify-hosts", webhook.origin, "--notify-hosts", refusing.origin)
        self.submit("--notify", webhook.origin)
        ids = [webhook.next()[2]["id"] for _ in range(3)]
        self.assertEqual(len(set(ids)), 1)
        self.submit("--notify", refusing.origin)
        refusing.next()
        self.sent(daemon)
        self.assertTrue(webhook.posts.empty() and refusing.posts.empty())
        log = daemon.log()
        self.assertIn('error="HTTP status 500" attempt=1 next=1s', log)
        self.assertIn('error="HTTP status 429" attempt=2 next=2s', log)
        self.assertIn('error="HTTP status 404" attempt=1 next=none', log)

    def test_a_pause_and_a_cancellation_are_told_too_also_by_the_daemons_own_webhook(self):
        own, admins = self.webhook(), self.webhook()
        daemon = self.daemon("--notify-hosts", own.origin, "--notify-url", admins.origin)
        job = self.submit("--notify", own.origin, settings=ENDLESS)
        other = self.submit(settings=ENDLESS)
        self.client.run("job", "pause", job)
        self.assertEqual(own.next()[2]["state"], "PAUSED")
        for each in (job, other):
            self.client.run("job", "cancel", each)
        self.assertEqual(own.next()[2]["state"], "CANCELLED")
        told = sorted((body["job"], body["state"]) for _, _, body in
                      (admins.next() for _ in range(3)))
        self.assertEqual(told, sorted([(job, "PAUSED"), (job, "CANCELLED"), (other, "CANCELLED")]))
        self.sent(daemon)
        self.assertTrue(own.posts.empty() and admins.posts.empty())

    def test_only_hosts_of_the_list_are_told_and_redirects_lead_nowhere(self):
        other = self.webhook()
        webhook = self.webhook([302, 307], location=other.origin)
        daemon = self.daemon("--notify-hosts", webhook.origin)
        for url, words in ((other.origin + "/secret", f"no notifications to {other.origin}"),
                           ("https://hooks.slack.com/x", "no notifications to https://hooks"),
                           ("ftp://a/secret", "a webhook is https://HOST/PATH")):
            refused = self.client.run("submit", "--model", "tiny", "--corpus", OPTIONS.corpus,
                                      "--notify", url, "--lang", "en", expect=3)
            self.assertIn(words, refused.stderr)
            self.assertNotIn("secret", refused.stderr + daemon.log())
        # They were refused before the corpus was sent.
        self.assertEqual(daemon.rows("SELECT count(*) FROM corpora"), [(0,)])
        for _ in range(2):
            self.submit("--notify", webhook.origin)
            webhook.next()
        self.sent(daemon)
        self.assertTrue(other.posts.empty())

    def test_a_daemon_that_was_killed_tells_it_when_it_is_back(self):
        webhook = self.webhook()
        silent = self.webhook([503] * 50)
        daemon = self.daemon("--notify-hosts", webhook.origin, "--notify-hosts", silent.origin)
        self.submit("--notify", silent.origin)
        before = silent.next()[2]
        daemon.end()  # SIGKILL
        silent.statuses.clear()
        daemon.start()
        while (again := silent.next()[2])["id"] != before["id"]:
            pass
        self.assertEqual(again, before)
        self.sent(daemon)
        # A job that nobody asked about leaves nothing to tell.
        job = self.submit()
        self.client.run("watch", job)
        self.sent(daemon)
        self.assertTrue(webhook.posts.empty())

    def test_a_webhook_that_hangs_delays_neither_training_nor_the_end(self):
        with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes the connection, says nothing
            origin = f"http://127.0.0.1:{deaf.getsockname()[1]}"
            daemon = self.daemon("--notify-hosts", origin)
            first = self.submit("--notify", origin)
            told = deaf.accept()[0]  # and gets no answer for ten seconds
            self.addCleanup(told.close)
            second = self.submit("--notify", origin)
            events = self.client.events(second)
            self.assertEqual(events[-1]["state_change"]["to"], "SUCCEEDED")
            self.assertEqual(daemon.end(signal.SIGTERM), 0)
            rows = sqlite3.connect(self.folder / "data/electrad.db").execute(
                "SELECT jobs.name FROM notifications JOIN jobs ON jobs.id = job_id "
                "WHERE url <> '' ORDER BY notifications.id").fetchall()
            self.assertEqual([f"jobs/{name}" for (name,) in rows], [first, second])


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--electra", required=True)
    parser.add_argument("--corpus", required=True, type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    OPTIONS.corpus = OPTIONS.corpus.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
