"""The tools that are compared, as one would run each by hand. Everything that is particular to one of them stands here.

A candidate has a folder of its own. `repository` is what is counted; nothing else of it stays between `begin` and the next.
"""
import os, pathlib, shutil, subprocess, sys

COMPONENT = "cluster"


class Candidate:
    name = ""
    # Whether it differs from another candidate only in what it fetches ahead.
    ahead = False
    # What it can do.
    archives = in_place = True

    def __init__(self, folder, server, options):
        self.folder, self.server, self.options = folder, server, options
        self.repository, self.log = folder / "repository", folder / "log"
        self.environment = dict(os.environ, HOME=str(folder), LC_ALL="C.UTF-8")

    def begin(self):
        """A new repository; nothing is left of the last."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.repository.mkdir(parents=True)
        self.prepare()

    def call(self, *words, folder=None):
        done = subprocess.run(words, env=self.environment, cwd=folder or self.folder, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{self.name}: status {done.returncode}: {' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
        return done.stdout

    def data(self, target):
        """Where the data directory is below the one that was restored to."""
        return target

    def between_gets(self):
        """Forgets what was fetched ahead."""


class PgBackRest(Candidate):
    """Debian's. zst is what it does best with: faster and smaller than gz, which it takes where nothing is said."""

    name = "pgbackrest"
    compression, bundle, block = "zst", "y", False

    @classmethod
    def missing(cls, options):
        if not shutil.which("pgbackrest"):
            return "pgbackrest is not on PATH"
        if cls.block and not subprocess.run(["pgbackrest", "help", "backup", "repo-block"], capture_output=True).returncode == 0:
            return f"{cls.version(options)} has no block incremental backup"
        return None

    @classmethod
    def version(cls, options):
        return subprocess.run(["pgbackrest", "version"], capture_output=True, text=True).stdout.strip()

    def prepare(self):
        configuration = self.folder / "pgbackrest.conf"
        configuration.write_text(f"""\
[global]
repo1-path={self.repository}
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass=a-passphrase-for-benchmarks
repo1-retention-full=1000
repo1-bundle={self.bundle}
{"repo1-block=y" if self.block else ""}
{"beta=y" if self.block and self.version(self.options) < "pgBackRest 2.46" else ""}
compress-type={self.compression}
process-max={self.options.processes}
start-fast=y
expire-auto=n
log-level-console=warn
log-level-file=off
log-path={self.folder}
lock-path={self.folder}/lock
spool-path={self.folder}/spool

[bench]
pg1-path={self.server.data}
pg1-socket-path={self.server.socket}
pg1-port={self.server.port}
pg1-user=bench
pg1-database=postgres
""")
        configuration.chmod(0o600)
        self.call(*self.words("stanza-create"))

    def words(self, command, *more):
        return ["pgbackrest", f"--config={self.folder}/pgbackrest.conf", "--stanza=bench", *more, command]

    def full(self):
        return self.words("backup", "--type=full")

    def next(self):
        return self.words("backup", "--type=incr")

    def restore(self, target):
        return self.words("restore", f"--pg1-path={target}", "--type=immediate", "--target-action=promote")

    def restore_in_place(self, target):
        return self.words("restore", f"--pg1-path={target}", "--type=immediate", "--target-action=promote", "--delta")

    def push(self, path):
        return self.words("archive-push") + [path]

    def push_ready(self, data):
        """Without the path, for a server whose data directory is another."""
        return self.words("archive-push", f"--pg1-path={data}", *(["--archive-async"] if self.ahead else []))

    def get(self, name, path, target):
        ahead = ["--archive-async"] if self.ahead else []
        return self.words("archive-get", f"--pg1-path={target}", *ahead) + [name, path]

    def between_gets(self):
        shutil.rmtree(self.folder / "spool", ignore_errors=True)


class PgBackRestAhead(PgBackRest):
    """With archive-async: segments are fetched, and pushed, ahead. Backs up like the other, and is measured only where it differs."""

    name = "pgbackrest-async"
    ahead = True


class PgBackRestBlock(PgBackRest):
    """With block incremental backup. Debian 12's version has it for beta testing only, says its help."""

    name = "pgbackrest-block"
    block = True


class PgBackRestGz(PgBackRest):
    """Without any setting but encryption."""

    name = "pgbackrest-gz"
    compression, bundle = "gz", "n"


class Safehold(Candidate):
    name = "safehold"
    # Whether the data directory is read where it lies, as pgBackRest does, and not over a connection.
    local = False

    def __init__(self, folder, server, options):
        super().__init__(folder, server, options)
        self.archives = self.knows(options, "wal")
        self.in_place = self.archives and "--in-place" in self.help(options, "restore")
        self.strategy, self.key = folder / "safehold.yaml", folder / "key"
        self.environment.update(SAFEHOLD_HOME=str(folder / "home"), SAFEHOLD_STRATEGY=str(self.strategy))

    @staticmethod
    def help(options, *words):
        return subprocess.run([options.safehold, *words, "--help"], capture_output=True, text=True).stdout

    @classmethod
    def knows(cls, options, command):
        return any(line.split()[:1] == [command] for line in cls.help(options).splitlines())

    @classmethod
    def missing(cls, options):
        if not os.access(options.safehold, os.X_OK):
            return "the program is not there"
        schema = subprocess.run([options.safehold, "strategy", "schema"], capture_output=True, text=True).stdout
        return None if "base-backup" in schema else "the program makes no base backups"

    @classmethod
    def version(cls, options):
        lacking = "" if cls.knows(options, "wal") else ", without the log: it has no command for it"
        return subprocess.run([options.safehold, "version"], capture_output=True, text=True).stdout.strip() + lacking

    def prepare(self):
        # Who archives the log needs no copy of it in each backup.
        self.strategy.write_text(f"""\
strategy: 1
project: bench
stores:
  main: {{role: primary, site: here, location: {self.repository}}}
components:
  {COMPONENT}:
    kind: database
    schedule: {{full: every 1d}}
    retention: {{daily: 1000}}
    base-backup:
      host: {self.server.socket}
      port: {self.server.port}
      user: bench
      wal: {"archive" if self.archives else "include"}
      {f"data-directory: {self.server.data}" if self.local else ""}
""")
        words = self.folder / "passphrase"
        words.write_text("a passphrase for benchmarks\n")
        words.chmod(0o600)
        self.call(*self.words("keys", "generate", "--output", self.key))
        self.call(*self.words(
            "init", "--repository", self.repository, "--passphrase-file", words, "--recipient", f"{self.key}.pub"))

    def words(self, *words):
        return [self.options.safehold, *map(str, words)]

    def full(self):
        return self.words("run", COMPONENT)

    def next(self):
        return self.words("run", COMPONENT)

    def restore(self, target):
        # With --sync it ends when the disk has all, as pgBackRest always does.
        if not self.in_place:
            return self.words("restore", "--component", COMPONENT, "--latest", "--target", target, "--sync", *self.keys())
        return self.words(
            "restore", "--component", COMPONENT, "--to", target, "--sync", "--target-immediate", "--target-action", "promote",
            *self.keys())

    def restore_in_place(self, target):
        return [*self.restore(target), "--in-place"]

    def data(self, target):
        return target if self.in_place else target / "data"

    def push(self, path):
        return self.words("wal", "push", "--component", COMPONENT, path)

    def push_ready(self, data):
        return self.words("wal", "push", "--component", COMPONENT)

    def get(self, name, path, target):
        return self.words("wal", "get", "--component", COMPONENT, *self.keys(), name, path)

    def between_gets(self):
        shutil.rmtree(self.folder / "home" / "wal-spool", ignore_errors=True)

    def keys(self):
        return "--repository", self.repository, "--recipient-file", self.key


class SafeholdLocal(Safehold):
    """With the server's files read where they lie."""

    name = "safehold-local"
    local = True

    @classmethod
    def missing(cls, options):
        schema = subprocess.run([options.safehold, "strategy", "schema"], capture_output=True, text=True).stdout
        return super().missing(options) or (None if "data-directory" in schema else "the program reads no data directory")


ALL = {candidate.name: candidate for candidate in (
    Safehold, SafeholdLocal, PgBackRest, PgBackRestAhead, PgBackRestBlock, PgBackRestGz)}
