#!/usr/bin/env python3
"""What deploy/ hands to container engines and clusters, without one: names and order fit, every
command is one that electrad takes, and its certificates let the right clients in."""
import argparse
import contextlib
import fcntl
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

import yaml

from rig import Client, free_port

ARGUMENTS = None
DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"


def documents(name):
    """Of one manifest, in their order."""
    return [document for document in yaml.safe_load_all((KUBERNETES / name).read_text("utf-8"))]


def of_kind(kind, found):
    return [document for document in found if document["kind"] == kind]


def pods(node):
    """Every pod's specification in a document, however deep."""
    if isinstance(node, dict):
        if "containers" in node:
            yield node
        for value in node.values():
            yield from pods(value)
    elif isinstance(node, list):
        for value in node:
            yield from pods(value)


def steps(section):
    """The commands of a section of deploy/README.md, without comments, one a line."""
    text = (DEPLOY / "README.md").read_text("utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    block = "\n".join(line for line in text.splitlines() if line.startswith("    "))
    words = [shlex.split(line, comments=True) for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in words if line]


def words_behind(line, *words):
    """The rest of a command after these words; None if it lacks them."""
    for start in range(len(line)):
        if tuple(line[start:start + len(words)]) == words:
            return line[start + len(words):]
    return None


def electrad(*arguments, **environment):
    return subprocess.run([ARGUMENTS.electrad, *map(str, arguments)], capture_output=True, text=True,
                          timeout=120, env={**os.environ, **environment})


def certificates(*arguments):
    return subprocess.run([DEPLOY / "certificates.sh", *map(str, arguments)], capture_output=True,
                          text=True, timeout=120)


class DeploymentCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)

    def make_certificates(self, *arguments):
        result = certificates("--out", self.path / "certificates", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.path / "certificates"

    def serve(self, *arguments, **environment):
        """A daemon until the test's end, at the address that it says."""
        log = open(self.path / "electrad.log", "w", encoding="utf-8")
        self.addCleanup(log.close)
        process = subprocess.Popen([ARGUMENTS.electrad, *map(str, arguments)], text=True,
                                   stdout=subprocess.PIPE, stderr=log,
                                   env={**os.environ, **environment})

        def end():
            process.kill()
            process.wait()
            process.stdout.close()
        self.addCleanup(end)
        line = process.stdout.readline()
        self.assertTrue(line.startswith("listening on "), (self.path / "electrad.log").read_text())
        return line.split()[-1]

    def electra(self, address, *arguments, expect=0, token=""):
        client = Client(ARGUMENTS.electra, address)
        client.environment["ELECTRA_TOKEN"] = token
        client.environment["XDG_CONFIG_HOME"] = str(self.path / "config")
        return client.run(*arguments, expect=expect)

    def token_of(self, result):
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.strip()


class KubernetesTest(DeploymentCase):
    def setUp(self):
        super().setUp()
        self.kustomization = documents("kustomization.yaml")[0]
        self.installed = [one for name in self.kustomization["resources"] for one in documents(name)]
        self.all = self.installed + documents("token.yaml") + documents("trainjob.yaml")

    def test_the_namespace_comes_first_and_everything_is_in_it(self):
        self.assertEqual(self.kustomization["resources"][0], "namespace.yaml")
        namespace = self.installed[0]["metadata"]["name"]
        self.assertEqual(self.kustomization["namespace"], namespace)
        for one in self.all[1:]:
            self.assertEqual(one["metadata"]["namespace"], namespace, one["metadata"])
        names = [(one["kind"], one["metadata"]["name"]) for one in self.all]
        self.assertEqual(len(names), len(set(names)))

    def test_whatever_is_referred_to_is_there(self):
        secrets = {made[1] for line in steps("Kubernetes")
                   if (made := words_behind(line, "create", "secret"))}
        names = {kind: {one["metadata"]["name"] for one in of_kind(kind, self.all)}
                 for kind in ("ConfigMap", "PersistentVolumeClaim", "Service")}
        found = [pod for one in self.all for pod in pods(one)]
        self.assertEqual(len(found), 4)  # the daemon, the token, a launch's first node and others
        for pod in found:
            volumes = {volume["name"]: volume for volume in pod["volumes"]}
            for volume in pod["volumes"]:
                if "configMap" in volume:
                    self.assertIn(volume["configMap"]["name"], names["ConfigMap"])
                elif "secret" in volume:
                    self.assertIn(volume["secret"]["secretName"], secrets)
                elif "persistentVolumeClaim" in volume:
                    self.assertIn(volume["persistentVolumeClaim"]["claimName"],
                                  names["PersistentVolumeClaim"])
                else:
                    self.assertIn("emptyDir", volume)
            for container in pod["containers"]:
                mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
                self.assertEqual(set(mounts), set(volumes))
                keys = of_kind("ConfigMap", self.all)[0]["data"]
                self.assertIn(mounts["config"]["subPath"], keys)
        self.assertIn(of_kind("StatefulSet", self.all)[0]["spec"]["serviceName"], names["Service"])

    def test_selectors_and_ports_meet_the_pods(self):
        daemon = of_kind("StatefulSet", self.all)[0]["spec"]
        labels = daemon["template"]["metadata"]["labels"]
        ports = {port["name"]: port["containerPort"]
                 for port in daemon["template"]["spec"]["containers"][0]["ports"]}
        service = of_kind("Service", self.all)[0]["spec"]
        policy = next(one for one in of_kind("NetworkPolicy", self.all)
                      if one["metadata"]["name"] == "electrad")["spec"]
        for selector in (daemon["selector"]["matchLabels"], service["selector"],
                         policy["podSelector"]["matchLabels"]):
            self.assertLessEqual(selector.items(), labels.items())
        self.assertEqual({port["targetPort"]: port["port"] for port in service["ports"]}, ports)
        for rule in policy["ingress"]:
            for port in rule["ports"]:
                self.assertIn(port["port"], ports)
        settings = yaml.safe_load(of_kind("ConfigMap", self.all)[0]["data"]["electrad.yaml"])
        self.assertEqual(ports, {"grpc": int(settings["listen"].rsplit(":", 1)[1]),
                                 "metrics": int(settings["metrics_address"].rsplit(":", 1)[1])})
        token = of_kind("Job", self.all)[0]["spec"]["template"]["metadata"]["labels"]
        self.assertFalse(service["selector"].items() <= token.items())  # the Job serves nobody

    def test_the_steps_make_things_before_they_are_needed(self):
        order = []
        for line in steps("Kubernetes"):
            if words_behind(line, "create", "secret") is not None:
                order.append("secret")
            if applied := words_behind(line, "kubectl", "apply"):
                for flag, name in zip(applied[::2], applied[1::2]):
                    self.assertTrue((DEPLOY.parent / name).exists(), name)
                    order.append("kustomization" if flag == "-k" else pathlib.Path(name).stem)
            if (waited := words_behind(line, "logs")) is not None:
                kind, name = waited[0].split("/")
                self.assertIn((kind, name), {("job", one["metadata"]["name"])
                                             for one in of_kind("Job", self.all)})
                order.append("logs")
        self.assertEqual(order[0], "namespace")
        for earlier, later in (("config", "token"), ("volume", "token"), ("token", "logs"),
                               ("logs", "kustomization"), ("secret", "kustomization")):
            self.assertLess(order.index(earlier), order.index(later), order)

    def test_the_job_makes_a_token_that_the_daemon_takes(self):
        """Both with their own arguments, and the settings of the ConfigMap in a folder of ours."""
        kubernetes_steps = steps("Kubernetes")
        names = next(found for line in kubernetes_steps
                     if (found := words_behind(line, "deploy/certificates.sh", "--out")))[1:]
        made = self.make_certificates(*names)
        settings = of_kind("ConfigMap", self.all)[0]["data"]["electrad.yaml"]
        places = {"/var/lib/electrad": self.path / "data", "/etc/electrad/tls/tls.crt": made / "server.pem",
                  "/etc/electrad/tls/tls.key": made / "server.key", "0.0.0.0:50551": "127.0.0.1:0",
                  "0.0.0.0:9464": "127.0.0.1:0", "wait_for_devices: 1": "wait_for_devices: 0"}
        for there, here in places.items():
            settings, count = re.subn(re.escape(there), str(here), settings)
            self.assertEqual(count, 1, there)
        (self.path / "electrad.yaml").write_text(settings, encoding="utf-8")

        def here(words):
            return [word.replace("/etc/electrad/electrad.yaml", str(self.path / "electrad.yaml"))
                    for word in words]
        job = next(pods(of_kind("Job", self.all)[0]))["containers"][0]
        token = self.token_of(electrad(*here(job["args"])))
        daemon = next(pods(of_kind("StatefulSet", self.all)[0]))["containers"][0]
        address = self.serve(*here(daemon["args"]))
        refused = electrad(*here(job["args"]))  # while the daemon has the folder
        self.assertNotEqual(refused.returncode, 0)
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            command = here(daemon[probe]["exec"]["command"])
            self.assertEqual(command[0], "electrad")
            self.assertEqual(electrad(*command[1:], "--listen", address).returncode, 0, command)
        port = address.rsplit(":", 1)[1]
        listed = self.electra(f"localhost:{port}", "token", "list", "--ca", made / "ca.pem", token=token)
        self.assertIn("admin", listed.stdout)

    def test_the_example_of_an_init_container_checks_the_device(self):
        text = (KUBERNETES / "statefulset.yaml").read_text("utf-8")
        example = re.sub(r"(?m)^( {6})# (?=initContainers:|  )", r"\1", text)
        pod = next(pods(yaml.safe_load(example)))
        check = pod["initContainers"][0]
        daemon = pod["containers"][0]
        for name in ("image", "securityContext", "resources"):
            self.assertEqual(check[name], daemon[name])
        known = electrad("selftest", "--help").stdout
        self.assertEqual(check["args"][0], "selftest")
        for word in check["args"]:
            if word.startswith("--"):
                self.assertIn(word, known)

    def test_cards_have_room_for_what_they_exchange(self):
        for pod in pods(of_kind("StatefulSet", self.all)[0]):
            memory = {volume["name"] for volume in pod["volumes"]
                      if volume.get("emptyDir", {}).get("medium") == "Memory"}
            for container in pod["containers"]:
                self.assertTrue(any(mount["name"] in memory and mount["mountPath"] == "/dev/shm"
                                    for mount in container["volumeMounts"]))
        compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
        self.assertEqual(compose["services"]["electrad-gpu"]["shm_size"], "1g")
        unit = (DEPLOY / "electrad.service").read_text("utf-8")
        self.assertIn("AF_NETLINK", re.search(r"(?m)^RestrictAddressFamilies=(.*)$", unit)[1].split())

    def test_a_launch_starts_electrad_with_the_same_settings(self):
        runtime = of_kind("TrainingRuntime", self.all)[0]
        for pod in pods(runtime):
            script = pod["containers"][0]["command"][2]
            self.assertTrue(script.endswith("electrad --config /etc/electrad/electrad.yaml"), script)


class ComposeTest(DeploymentCase):
    def setUp(self):
        super().setUp()
        self.compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
        self.daemons = {name: service for name, service in self.compose["services"].items()
                        if name.startswith("electrad")}

    def test_whatever_is_referred_to_is_there(self):
        made = self.make_certificates("localhost")
        for name, service in self.compose["services"].items():
            for secret in service.get("secrets", []):
                self.assertIn(secret, self.compose["secrets"], name)
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                if source.startswith("."):
                    self.assertTrue((DEPLOY / source).exists(), source)
                else:
                    self.assertIn(source, self.compose["volumes"], name)
        for secret in self.compose["secrets"].values():
            self.assertTrue((made / pathlib.Path(secret["file"]).name).exists(), secret)
        for service in self.daemons.values():
            self.assertTrue((DEPLOY / service["build"]["context"] /
                             service["build"]["dockerfile"]).exists())

    def test_the_steps_name_services_and_profiles_that_are_there(self):
        profiles = {profile for service in self.compose["services"].values()
                    for profile in service["profiles"]}
        lines = [line for line in steps("Compose") if line[:2] == ["docker", "compose"]]
        self.assertGreater(len(lines), 2)
        for line in lines:
            self.assertEqual(line[2:4], ["-f", "deploy/compose.yaml"])
            for flag, value in zip(line, line[1:]):
                if flag == "--profile":
                    self.assertIn(value, profiles, line)
            if ran := words_behind(line, "run", "--rm"):
                self.assertIn(ran[0], self.daemons)

    def test_a_token_made_by_its_steps_is_taken_over_tls(self):
        made = self.make_certificates("localhost", "127.0.0.1")
        for service in self.daemons.values():
            environment = dict(service["environment"])
            self.assertLessEqual(set(environment), set(re.findall(r"\[(ELECTRAD_\w+)\]",
                                                                  electrad("--help").stdout)))
            for secret in service["secrets"]:
                self.assertIn(f"/run/secrets/{secret}", environment.values())
        environment = dict(self.daemons["electrad-cpu"]["environment"])
        environment |= {"ELECTRAD_TLS_CERT": str(made / "server.pem"),
                        "ELECTRAD_TLS_KEY": str(made / "server.key"),
                        "ELECTRAD_LISTEN": f"127.0.0.1:{free_port()}",
                        "ELECTRAD_METRICS_ADDRESS": "127.0.0.1:0",
                        "ELECTRAD_DATA_DIR": str(self.path / "data")}
        run = next(found for line in steps("Compose") if (found := words_behind(line, "run", "--rm")))
        token = self.token_of(electrad(*run[1:], **environment))
        address = self.serve(**environment)
        self.assertEqual(electrad("health", **environment).returncode, 0)  # the image's HEALTHCHECK
        self.electra(address, "status", "--ca", made / "ca.pem", token=token)
        self.electra(address, "status", "--ca", made / "ca.pem", expect=3)


class CertificatesTest(DeploymentCase):
    def test_clients_are_let_in_by_the_certificates_of_one_command(self):
        made = self.make_certificates("--client", "ann", "127.0.0.1", "::1", "gpu-node.example.com")
        for key in made.glob("*.key"):
            self.assertEqual(key.stat().st_mode & 0o077, 0, key)
        data = self.path / "data"
        electrad("token", "create", "--data-dir", data, "--certificate", "ann", "--role", "viewer")
        electrad("token", "create", "--data-dir", data, "--certificate", "bob", "--role", "viewer")
        address = self.serve("--data-dir", data, "--listen", "127.0.0.1:0", "--tls-cert",
                             made / "server.pem", "--tls-key", made / "server.key",
                             "--tls-client-ca", made / "ca.pem")

        def status(name, *more, expect=0, folder=made):
            return self.electra(address, "status", "--ca", made / "ca.pem", "--cert",
                                folder / f"{name}.pem", "--key", folder / f"{name}.key", *more,
                                expect=expect)
        status("ann")
        before = {path.name: path.read_bytes() for path in made.iterdir()}
        self.make_certificates("--client", "bob")  # by the same CA, which the daemon knows
        status("bob")
        for name, content in before.items():
            self.assertEqual((made / name).read_bytes(), content, name)
        # Of another CA, and none at all.
        other = self.path / "other"
        self.assertEqual(certificates("--out", other, "--client", "ann").returncode, 0)
        self.assertNotEqual(status("ann", expect=None, folder=other).returncode, 0)
        self.electra(address, "status", "--ca", made / "ca.pem", expect=3)
        # Nor is a server trusted with a certificate of another CA, or under another name.
        self.assertNotEqual(self.electra(address, "status", "--ca", other / "ca.pem", "--cert",
                                         made / "ann.pem", "--key", made / "ann.key",
                                         expect=None).returncode, 0)
        port = address.rsplit(":", 1)[1]
        self.assertNotEqual(self.electra(f"localhost:{port}", "status", "--ca", made / "ca.pem",
                                         "--cert", made / "ann.pem", "--key", made / "ann.key",
                                         expect=None).returncode, 0)

    def test_what_it_cannot_make_it_refuses_and_leaves_nothing(self):
        self.make_certificates("--client", "ann", "localhost")
        out = self.path / "certificates"
        before = sorted(path.name for path in out.iterdir())
        for arguments, said in ((["--client", "ann"], "is there already"),
                                (["--client", "ca"], "that name is taken"),
                                (["--client", "../ann"], "is not a name"),
                                (["a,DNS:b"], "is not a name"),
                                (["--days", "0", "localhost"], "--days 0"),
                                (["--client"], "--client needs a value"),
                                (["--key", "x"], "--key is not an option"),
                                ([], "expected the names")):
            result = certificates("--out", out, *arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn(said, result.stderr)
        self.assertEqual(sorted(path.name for path in out.iterdir()), before)


class CheckoutCase(DeploymentCase):
    """A checkout that was built, as the scripts see it."""

    def setUp(self):
        super().setUp()
        shutil.copytree(DEPLOY, self.path / "deploy")
        # What the installation and the build leave behind.
        (self.path / "deploy/setup.sh").write_text("#!/bin/sh\n", encoding="utf-8")
        (self.path / "deploy/setup.sh").chmod(0o755)
        (self.path / "build/release/bin").mkdir(parents=True)
        (self.path / "build/built-in").write_text("0 min 0 s\n", encoding="utf-8")
        for binary in (ARGUMENTS.electrad, ARGUMENTS.electra):
            (self.path / "build/release/bin" / pathlib.Path(binary).name).symlink_to(
                pathlib.Path(binary).absolute())


class QuickstartTest(CheckoutCase):
    def run_and_leave(self):
        """All output of a terminal, where `q` is pressed once the rows at the bottom are drawn."""
        terminal, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 30, 100, 0, 0))
        environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        process = subprocess.Popen([self.path / "deploy/quickstart.sh"], stdin=slave, stdout=slave,
                                   stderr=slave, env=environment, start_new_session=True)
        os.close(slave)
        shown, left = b"", False
        with contextlib.suppress(OSError):  # the terminal's end
            while part := os.read(terminal, 65536):
                shown += part
                if not left and b"q: leave" in shown:
                    os.write(terminal, b"q")
                    left = True
        os.close(terminal)
        self.assertEqual(process.wait(timeout=60), 0, shown[-2000:])
        return shown.decode().replace("\r\n", "\n")

    @staticmethod
    def kill(process):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)

    def test_q_leaves_the_daemon_which_another_run_finds(self):
        first = self.run_and_leave()
        daemon = int(re.search(r"(?m)^  kill (\d+) ", first)[1])
        self.addCleanup(self.kill, daemon)
        address = re.search(r"ELECTRA_SERVER=(\S+)", first)[1]
        job = re.search(r"(?m)^  electra watch (\S+) ", first)[1]
        for said in ("The job goes on", f"electra report {job} --html", f"electra try {job} --text",
                     f"electra model download {job} "):
            self.assertIn(said, first)
        self.assertNotIn("still serves", first)
        self.electra(address, "job", "show", job)
        second = self.run_and_leave()
        self.assertIn(f"still serves at {address} (process {daemon})", second)
        self.assertEqual(int(re.search(r"(?m)^  kill (\d+) ", second)[1]), daemon)
        self.assertEqual(len(self.electra(address, "jobs").stdout.splitlines()), 2)
        os.kill(daemon, signal.SIGTERM)
        with open(self.path / "build/quickstart/electrad.lock", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # until it has ended

    def test_it_ends_better_than_it_was_and_catches_most_fakes(self):
        result = subprocess.run([self.path / "deploy/quickstart.sh"], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, encoding="utf-8", timeout=600,
                                env={**os.environ, "LC_ALL": "C.UTF-8", "ELECTRAD_THREADS": "1"})
        daemon = re.search(r"(?m)^  kill (\d+) ", result.stdout)
        self.assertTrue(daemon, result.stdout[-2000:] + result.stderr[-2000:])
        self.addCleanup(self.kill, int(daemon[1]))
        self.assertEqual(result.returncode, 0, result.stderr)
        address = re.search(r"ELECTRA_SERVER=(\S+)", result.stdout)[1]
        job = re.search(r"(?m)^  electra watch (\S+) ", result.stdout)[1]
        events = [json.loads(line)
                  for line in self.electra(address, "watch", job, "--json").stdout.splitlines()]
        losses = [event["evaluation"]["combined_loss"] for event in events if "evaluation" in event]
        self.assertGreaterEqual(len(losses), 4)
        self.assertEqual(losses.index(min(losses)), len(losses) - 1, losses)
        last = [event["evaluation"] for event in events if "evaluation" in event][-1]
        self.assertGreater(last["discriminator_recall"], 2 / 3)
        self.assertGreater(last["discriminator_precision"], 2 / 3)
        samples = [event["sample"] for event in events if "sample" in event][-5:]
        fakes = sum(sample["fake_count"] for sample in samples)
        self.assertGreaterEqual(fakes, 5)
        self.assertGreater(sum(sample["caught_count"] for sample in samples), fakes / 2)
        shown = re.search(r"fakes caught, % +(\S+) +(\S+)", result.stdout)
        self.assertAlmostEqual(float(shown[2]), 100 * last["discriminator_recall"], delta=0.01)


def main():
    global ARGUMENTS
    parser = argparse.ArgumentParser()
    for name in ("electrad", "electra"):
        parser.add_argument(f"--{name}", required=True)
    ARGUMENTS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
