"""`electra ui` in a real browser: jobs, one that trains, loses its server and has it again, jobs
side by side, and who is let in. ELECTRA_SCREENSHOTS names a folder for pictures."""
import argparse
import http.client
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

from browser import Browser
from rig import Client, Daemon

OPTIONS = None  # set by main
KIND = "document.querySelector('#connection').dataset.kind"


class Ui(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="electra-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.daemon = Daemon(OPTIONS.electrad, cls.folder / "data").start()
        cls.addClassCleanup(lambda: cls.daemon.end(signal.SIGTERM))
        cls.client = Client(OPTIONS.electra, cls.daemon.address)
        cls.process = cls.client.spawn("ui", "--no-open", "--json", "--lang", "ko",
                                       stdout=subprocess.PIPE)
        cls.addClassCleanup(cls.end_ui)
        cls.url = json.loads(cls.process.stdout.readline())["url"]
        cls.address = urllib.parse.urlsplit(cls.url).netloc
        cls.browser = Browser(1280)
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def end_ui(cls):
        cls.process.send_signal(signal.SIGINT)
        status = cls.process.wait(timeout=60)
        cls.process.stdout.close()
        assert status == 130, status

    def enter(self):
        self.browser.open_url(self.url)
        self.browser.wait_until("location.search === '' && document.querySelector('#jobs')")

    def picture(self, name):
        if folder := os.environ.get("ELECTRA_SCREENSHOTS"):
            self.browser.screenshot(pathlib.Path(folder) / f"{name}.png")

    def look(self, name):
        """In each width, language and theme: nothing is wider than the window."""
        browser = self.browser
        titles, colors = {}, {}
        for width, language, theme in itertools.product((1280, 390), ("ko", "en"), ("light", "dark")):
            browser.resize(width)
            browser.evaluate(f"document.querySelector('[data-language={language}]').click()")
            browser.evaluate(f"document.querySelector('[data-theme-choice={theme}]').click()")
            self.assertLessEqual(browser.evaluate("document.documentElement.scrollWidth"), width, name)
            titles[language] = browser.evaluate("[...document.querySelectorAll('h2')].map("
                                                "(title) => title.textContent)")
            colors[theme] = browser.evaluate("getComputedStyle(document.body).backgroundColor")
            self.assertNotIn("", titles[language])
            self.picture(f"{name}-{width}-{language}-{theme}")
        self.assertNotEqual(titles["ko"], titles["en"])
        self.assertNotEqual(colors["light"], colors["dark"])
        browser.resize(1280)

    def filter(self, text):
        self.browser.evaluate("(() => { const field = document.querySelector('#filter'); field.value = "
                              f"{json.dumps(text)}; field.dispatchEvent(new Event('change')); }})()")

    def ask(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer

    def test_a_job_trains_loses_its_server_and_has_it_again(self):
        browser = self.browser
        job = self.client.submit("--corpus", OPTIONS.corpus, "--name", "책 <b>모음</b>",
                                 "--eval-corpus", f"other={OPTIONS.corpus}",
                                 settings={"max_steps": 20000, "save_steps": 10})
        self.enter()
        link = f"#open-{job.removeprefix('jobs/')}"
        browser.wait_until(f"document.querySelector('{link}')")
        self.assertEqual(browser.text(link), "책 <b>모음</b>")
        browser.evaluate(f"document.querySelector('{link}').click()")
        browser.wait_until("typeof takeRun === 'function' && data.job.step >= 30 "
                           "&& data.evaluations.length > 1")
        self.assertEqual(browser.text("#title"), f"책 <b>모음</b> ({job})")
        self.assertEqual(browser.evaluate(KIND), "connected")
        browser.wait_until("document.querySelector('#sentences table.tokens')")
        newest = browser.evaluate("stepsWithSamples.at(-1)")
        browser.wait_until(f"stepsWithSamples[chosen] > {newest}")  # it follows the newest sample
        self.assertEqual(browser.evaluate("document.querySelectorAll('svg path').length"), 6)
        self.assertTrue(browser.evaluate("document.querySelector('[data-chart=\"combined_loss other\"]'"
                                         ") !== null"))  # the corpus of --eval-corpus
        self.look("running")
        self.assertGreater(browser.evaluate("data.confusions.length"), 0)

        self.daemon.end()  # killed
        browser.wait_until(f"{KIND} === 'lost'")
        reached = browser.evaluate("data.job.step")
        self.look("lost")
        self.assertEqual(browser.evaluate(KIND), "lost")
        self.daemon.start()
        browser.wait_until(f"{KIND} === 'connected' && data.job.step > {reached}")
        steps = browser.evaluate("data.curves.combined_loss.map((point) => point[0])")
        self.assertEqual(steps, sorted(set(steps)))
        self.client.run("job", "cancel", job)
        browser.wait_until("data.job.state === 'CANCELLED'")
        browser.evaluate("document.querySelector('nav a').click()")
        browser.wait_until(f"document.querySelector('{link}') && location.pathname === '/'")
        self.assertEqual(browser.problems, [])
        outside = [url for url in browser.requests if not url.startswith(f"http://{self.address}/")]
        self.assertEqual(outside, [])

    def test_jobs_stand_beside_each_other(self):
        browser = self.browser
        jobs = [self.client.submit("--corpus", OPTIONS.corpus, settings={"learning_rate": rate})
                for rate in (0.001, 0.0005)]
        for job in jobs:
            self.client.events(job)
        self.enter()
        for job in jobs:
            box = f"#compare-{job.removeprefix('jobs/')}"
            browser.wait_until(f"document.querySelector('{box}')")
            browser.evaluate(f"document.querySelector('{box}').click()")
        browser.wait_until("!document.querySelector('#comparison').hidden")
        rows = browser.evaluate("[...document.querySelectorAll('#compared tr')].map((row) => "
                                "[...row.children].map((cell) => cell.textContent))")
        self.assertIn(["learning_rate", "0.001", "0.0005"], rows)
        self.assertEqual(browser.evaluate("document.querySelectorAll('#charts path').length"), 2)
        scale = browser.evaluate("(() => { const chart = document.querySelector('#charts svg'); "
                                 "return chart.clientWidth / chart.viewBox.baseVal.width; })()")
        self.assertAlmostEqual(scale, 1, delta=0.02)  # its letters are as large as the page's
        self.look("jobs")
        self.filter("state=")
        browser.wait_until(f"{KIND} === 'refused'")
        browser.evaluate("document.querySelector('[data-language=ko]').click()")
        self.assertIn("필터", browser.text("#connection"))
        browser.evaluate("document.querySelector('[data-language=en]').click()")
        self.assertRegex(browser.text("#connection"), "^filter:1:")
        browser.evaluate("document.querySelector('[data-language=ko]').click()")
        self.filter("state=SUCCEEDED AND hyperparameters.learning_rate<0.001")
        browser.wait_until(f"{KIND} === 'connected' && data.jobs.length === 1")
        link = f"#open-{jobs[1].removeprefix('jobs/')}"
        self.assertEqual(browser.evaluate("document.querySelectorAll('#jobs a').length"), 1)
        browser.evaluate(f"document.querySelector('{link}').click()")  # its history
        browser.wait_until("typeof takeRun === 'function' && data.job.state === 'SUCCEEDED' "
                           "&& data.evaluations.length === 5 && data.curves.combined_loss.length === 40")
        self.look("history")
        self.assertEqual(browser.problems, [])

    def test_a_job_that_is_not_there_is_said(self):
        self.enter()
        self.browser.open_url(f"http://{self.address}/jobs/nothing")
        self.browser.wait_until(f"{KIND} === 'refused'")
        self.assertIn("nothing", self.browser.text("#connection"))

    def test_only_who_has_the_token_is_let_in(self):
        self.assertEqual(self.ask("/").status, 403)
        self.assertEqual(self.ask("/stream").status, 403)
        self.assertEqual(self.ask("/?token=0").status, 403)
        entry = self.url[self.url.index("/?"):]
        self.assertEqual(self.ask(entry, Host="evil.example").status, 421)
        entered = self.ask(entry)
        cookie = entered.headers["Set-Cookie"]
        self.assertIn("HttpOnly; SameSite=Strict", cookie)
        cookie = cookie.split(";")[0]
        page = self.ask("/", Cookie=cookie)
        self.assertEqual(page.status, 200)
        policy = page.headers["Content-Security-Policy"]
        self.assertTrue(policy.startswith("default-src 'none'; "))
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertIsNone(page.headers["Access-Control-Allow-Origin"])
        self.assertNotIn(cookie.split("=")[1].encode(), page.body)
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
            self.assertEqual(self.ask("/", method, Cookie=cookie).status, 405, method)
        self.assertEqual(self.ask("/jobs/..%2f..%2fetc", Cookie=cookie).status, 404)
        self.assertEqual(self.ask("/comparison?job=a", Cookie=cookie).status, 400)

    def test_it_opens_the_browser_and_ends_with_ctrl_c(self):
        """By the command of the desktop, whose arguments do not have the token."""
        runtime = self.folder / "runtime"
        runtime.mkdir(mode=0o700)
        opened = self.folder / "opened"
        os.mkfifo(opened)
        opener = self.folder / "bin/xdg-open"
        opener.parent.mkdir()
        opener.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#" "$1" >{opened}\n', encoding="utf-8")
        opener.chmod(0o755)
        client = Client(OPTIONS.electra, self.daemon.address)
        client.environment |= {"DISPLAY": ":9", "XDG_RUNTIME_DIR": str(runtime),
                               "PATH": f"{opener.parent}:{os.environ['PATH']}"}
        process = client.spawn("ui", "--lang", "en", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        count, doorway = opened.read_text("utf-8").splitlines()  # waits for the command
        self.assertEqual(count, "1")
        self.assertEqual(pathlib.Path(doorway).stat().st_mode & 0o777, 0o600)
        self.assertTrue(doorway.startswith(str(runtime)), doorway)

        self.browser.open(doorway)
        self.browser.wait_until("location.pathname === '/' && location.search === '' "
                                f"&& {KIND} === 'connected'")
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertIn("http://127.0.0.1:", out)
        self.assertEqual(errors, "")
        self.assertEqual([path for path in runtime.rglob("*") if path.is_file()], [])
        self.browser.wait_until(f"{KIND} === 'unserved'")
        self.browser.open_url("about:blank")  # the page goes on asking

    def test_without_a_desktop_it_opens_nothing(self):
        client = Client(OPTIONS.electra, self.daemon.address)
        client.environment |= {"XDG_RUNTIME_DIR": str(self.folder), "PATH": "/nonexistent"}
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            client.environment.pop(name, None)
        process = client.spawn("ui", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertIn("http://127.0.0.1:", process.stdout.readline())
        self.assertFalse((self.folder / "electra").exists())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.communicate(timeout=60)[1], "")
        self.assertNotEqual(process.returncode, 0)

    def test_a_port_that_is_taken_is_said(self):
        port = self.address.rsplit(":", 1)[1]
        refused = self.client.run("ui", "--no-open", "--port", port, "--lang", "en", expect=None)
        self.assertIn(f"cannot listen on port {port}", refused.stderr)
        self.assertNotEqual(refused.returncode, 0)


def main():
    global OPTIONS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--electrad", required=True)
    parser.add_argument("--electra", required=True)
    parser.add_argument("--corpus", required=True, type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
