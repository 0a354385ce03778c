#!/usr/bin/env python3
"""The Prometheus configuration, the alerts and the dashboard, with Prometheus itself."""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from rig import Client, Daemon, free_port

ARGUMENTS = None
MONITORING = pathlib.Path(__file__).resolve().parents[2] / "deploy/monitoring"

# Series that no processor has, and one that exists only after a device was lost.
ABSENT = {"electrad_device_utilization_ratio", "electrad_device_lost_jobs"}


def expressions():
    """Of the dashboard: what each panel asks, by its title."""
    dashboard = json.loads((MONITORING / "grafana/dashboards/electrad.json").read_text("utf-8"))
    return [(panel["title"], target["expr"], target["legendFormat"])
            for panel in dashboard["panels"] for target in panel["targets"]]


def promtool(*arguments):
    return subprocess.run([ARGUMENTS.promtool, *arguments], capture_output=True, text=True,
                          timeout=120)


class Prometheus:
    def __init__(self, folder, target):
        """With the repository's configuration, of which the address and the pace are changed."""
        config = (MONITORING / "prometheus.yaml").read_text("utf-8")
        config, targets = re.subn(r"electrad:9464", target, config)
        config, paces = re.subn(r"_interval: \w+", "_interval: 1s", config)
        assert (targets, paces) == (1, 2), config
        (folder / "prometheus.yaml").write_text(config, encoding="utf-8")
        (folder / "alerts.yaml").write_text((MONITORING / "alerts.yaml").read_text("utf-8"), "utf-8")
        self.log = open(folder / "prometheus.log", "w", encoding="utf-8")
        for _ in range(5):  # a free port may be somebody else's by now
            self.address = f"127.0.0.1:{free_port()}"
            self.process = subprocess.Popen(
                [ARGUMENTS.prometheus, f"--config.file={folder}/prometheus.yaml",
                 f"--storage.tsdb.path={folder}/series", f"--web.listen-address={self.address}"],
                stdout=self.log, stderr=subprocess.STDOUT)
            while self.process.poll() is None:
                if self.query("vector(1)"):
                    return
                time.sleep(0.1)
        raise AssertionError((folder / "prometheus.log").read_text("utf-8")[-2000:])

    def get(self, path, **query):
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=30) as response:
            return json.load(response)["data"]

    def query(self, expression):
        """Series with their labels and newest values; none while it does not serve yet."""
        try:
            return self.get("query", query=expression)["result"]
        except urllib.error.HTTPError as error:
            if error.code == 503:  # it still starts
                return []
            raise AssertionError(f"{expression}: {error.read().decode()}") from error
        except urllib.error.URLError:
            return []

    def until(self, ask, what, seconds=120):
        """What `ask` finds, once it finds something."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := ask():
                return found
            if self.process.poll() is not None:
                raise AssertionError(f"prometheus ended with {self.process.returncode}")
            time.sleep(0.2)
        raise AssertionError(f"nothing answers {what}")

    def wait_for(self, expression):
        return self.until(lambda: self.query(expression), expression)

    def evaluated_rules(self):
        def ask():
            rules = self.get("rules")["groups"][0]["rules"]
            return [] if "unknown" in {rule["health"] for rule in rules} else rules
        return self.until(ask, "rules")

    def end(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


class MonitoringTest(unittest.TestCase):
    def test_configuration_and_rules_are_valid(self):
        for arguments in (["check", "config", MONITORING / "prometheus.yaml"],
                          ["check", "rules", MONITORING / "alerts.yaml"]):
            result = promtool(*arguments)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_each_alert_fires_when_it_should_and_only_then(self):
        result = promtool("test", "rules", MONITORING / "alerts_test.yaml")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        tested = (MONITORING / "alerts_test.yaml").read_text("utf-8")
        alerts = re.findall(r"- alert: (\w+)", (MONITORING / "alerts.yaml").read_text("utf-8"))
        self.assertGreater(len(alerts), 4)
        for alert in alerts:  # each in a case in which it fires
            self.assertRegex(tested, rf"alertname: {alert}\n\s+exp_alerts:\n")

    def test_the_dashboard_shows_a_real_daemon(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        folder = pathlib.Path(temporary.name)
        daemon = Daemon(ARGUMENTS.electrad, folder / "data", ["--metrics-address", "127.0.0.1:0"])
        daemon.data_dir.mkdir()
        daemon.start()
        self.addCleanup(daemon.end)
        while not (served := re.search(r"metrics_address=(\S+)", daemon.log())):
            time.sleep(0.01)  # the line comes right after the one on stdout
        prometheus = Prometheus(folder, served[1])
        self.addCleanup(prometheus.end)
        client = Client(ARGUMENTS.electra, daemon.address)
        # Prometheus sees both daemon and series before they grow.
        prometheus.wait_for('up{job="electrad"} == 1')
        job = client.submit("--corpus", ARGUMENTS.corpus, settings={"max_steps": 1000000})
        watch = client.spawn("watch", job, "--json", stdout=subprocess.DEVNULL)
        self.addCleanup(watch.wait)
        self.addCleanup(watch.terminate)
        prometheus.wait_for("electrad_loss")
        client.run("job", "show", "jobs/none", expect=3)

        for title, expression, legend in expressions():
            metric = re.search(r"(?:electrad|process)_\w+", expression)[0]
            if metric in ABSENT:
                prometheus.query(expression)  # at least it is one
                continue
            with self.subTest(panel=title, expression=expression):
                # A quantile is a number once something was observed.
                series = prometheus.wait_for(f"({expression}) < Inf")
                labels = re.findall(r"{{(\w+)}}", legend)
                for one in series:
                    self.assertLessEqual(set(labels), set(one["metric"]), legend)
        shown = {one["metric"]["job_id"] for one in prometheus.query("electrad_loss")}
        self.assertEqual(shown, {job.removeprefix("jobs/")})

        rules = prometheus.evaluated_rules()
        self.assertEqual([rule["name"] for rule in rules if rule["health"] != "ok"], [])
        served = set(prometheus.get("label/__name__/values"))
        for rule in rules:
            for metric in re.findall(r"(?:electrad|process)_\w+", rule["query"]):
                self.assertIn(metric, served | ABSENT, rule["name"])


def main():
    global ARGUMENTS
    parser = argparse.ArgumentParser()
    for name in ("electrad", "electra", "corpus", "prometheus", "promtool"):
        parser.add_argument(f"--{name}", required=True)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
