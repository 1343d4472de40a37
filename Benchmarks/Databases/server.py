"""A PostgreSQL server of the benchmark's own, and what is done with its database."""
import os, pathlib, random, shutil, subprocess, sys, time

SETTINGS = """\
listen_addresses = ''
unix_socket_directories = '{socket}'
port = {port}
max_connections = 40
shared_buffers = 256MB
max_wal_size = 8GB
min_wal_size = 1GB
checkpoint_timeout = 1h
wal_level = replica
max_wal_senders = 10
autovacuum = off
logging_collector = off
"""
# pgBackRest asks that its name stands in the command.
ARCHIVING = """\
archive_mode = on
archive_command = 'sh {script} "%p" "%f" # pgbackrest or safehold'
"""


def programs(version):
    """Where PostgreSQL's programs are: of Debian's packages, or on PATH."""
    debian = pathlib.Path(f"/usr/lib/postgresql/{version}/bin")
    if debian.is_dir():
        return debian
    found = shutil.which("initdb")
    if not found:
        sys.exit(f"PostgreSQL {version} is not here: neither {debian} nor initdb on PATH")
    return pathlib.Path(found).parent


class Server:
    def __init__(self, bin, data, socket, port, script=None):
        self.bin, self.data, self.socket, self.port, self.script = bin, data, socket, port, script
        self.log = data.parent / f"{data.name}.log"
        self.environment = dict(os.environ, PGHOST=str(socket), PGPORT=str(port), PGUSER="bench", PGDATABASE="bench")

    def program(self, name, *words, text=None):
        done = subprocess.run(
            [self.bin / name, *words], env=self.environment, input=text, capture_output=True, text=True)
        if done.returncode:
            said = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
            sys.exit(f"{name}: status {done.returncode}: {done.stderr[-2000:]}\n{said}")
        return done.stdout.strip()

    def create(self):
        self.program("initdb", "-D", str(self.data), "-k", "-U", "bench", "--auth=trust", "--encoding=UTF8", "--locale=C")
        with open(self.data / "postgresql.conf", "a") as file:
            file.write(SETTINGS.format(socket=self.socket, port=self.port))
            file.write(ARCHIVING.format(script=self.script))

    def start(self, seconds=300):
        # A restored copy has the origin's settings: these overrule them.
        words = f"-c archive_mode={'on' if self.script else 'off'} -c port={self.port} -c unix_socket_directories={self.socket}"
        self.log.touch()
        done = subprocess.run(
            [self.bin / "pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", str(seconds), "-o", words, "start"],
            capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            sys.exit(f"the server did not start: {done.stdout}\n{self.log.read_text(errors='replace')[-3000:]}")

    def stop(self):
        if (self.data / "postmaster.pid").exists():
            subprocess.run([self.bin / "pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop"], capture_output=True)

    @property
    def pid(self):
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def query(self, text, database="bench"):
        return self.program("psql", "-XqAtd", database, "-v", "ON_ERROR_STOP=1", "-c", text)

    def fill(self, scale):
        """pgbench's tables, with room in every page, so that a changed row stays in its page."""
        self.query("create database bench", "postgres")
        self.program("pgbench", "-i", "-q", "-s", str(scale), "-F", "90", "bench")
        self.query("checkpoint")

    def mebibytes(self):
        return int(self.query("select sum(pg_database_size(oid)) from pg_database")) / 2**20

    def change(self, share, seed):
        """Changes one row in each of a share of the accounts' pages, all over them, and returns that share as it was counted."""
        pages = int(self.query("select pg_relation_size('pgbench_accounts') / 8192"))
        count = round(pages * share)
        random_rows = f"select 1 + (random() * (select max(aid) - 1 from pgbench_accounts))::int from generate_series(1, {count})"
        changed = self.query(
            f"select setseed({random.Random(seed).uniform(-1, 1)}); "
            f"with keys as materialized (select distinct * from ({random_rows}) rows(aid)), "
            "changed as (update pgbench_accounts set abalance = abalance + 1 where aid in (select aid from keys) returning ctid) "
            "select count(distinct (ctid::text::point)[0]) from changed").splitlines()[-1]
        self.query("checkpoint")
        return int(changed) / pages

    def work(self):
        """Transactions, so that there is write-ahead log."""
        self.program("pgbench", "-n", "-c", "4", "-j", "2", "-t", "1000", "bench")

    def digest(self):
        """Of all that the database holds, whatever order its rows lie in."""
        sums = "sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint)"
        tables = ("pgbench_accounts", "pgbench_branches", "pgbench_tellers", "pgbench_history")
        return " ".join(self.query(f"select count(*), {sums} from {table} t") for table in tables)

    def settle(self):
        """Ends the current segment of the log, and waits until everything before is archived."""
        last = self.query("select pg_walfile_name(pg_switch_wal())")
        end = time.monotonic() + 300
        while time.monotonic() < end:
            archived, pending = self.query(
                f"select coalesce(last_archived_wal, ''), (select count(*) from pg_ls_archive_statusdir() where name like '%.ready') "
                f"from pg_stat_archiver").split("|")
            if int(pending) == 0 and archived[:24] >= self.before(last):
                return
            time.sleep(0.05)
        sys.exit(f"the segment {last} was not archived: {self.log.read_text(errors='replace')[-3000:]}")

    @staticmethod
    def before(name):
        """pg_switch_wal names the segment that was ended, or the one that nothing was written to yet."""
        timeline, log, segment = name[:8], int(name[8:16], 16), int(name[16:24], 16)
        number = (log << 8 | segment) - 1
        return f"{timeline}{number >> 8:08X}{number & 0xFF:08X}"


def damage(data, share, seed):
    """Overwrites a share of the pages of all larger relations below a data directory: what an in-place restore has to find."""
    choice, changed, total = random.Random(seed), 0, 0
    files = sorted(path for path in (data / "base").rglob("*") if path.is_file() and path.stat().st_size >= 64 * 8192)
    for path in files:
        pages = path.stat().st_size // 8192
        with open(path, "r+b") as file:
            for page in sorted(choice.sample(range(pages), round(pages * share))):
                file.seek(page * 8192 + 4096)
                file.write(choice.randbytes(512))
                changed += 1
        total += pages
    os.sync()
    return changed / max(total, 1)


def fallen_behind(data, target, segments):
    """A directory that is to an archive_command what a server's is when all of `segments` are ready. Returns where they are marked."""
    (target / "global").mkdir(parents=True)
    for name in ("PG_VERSION", "global/pg_control"):
        shutil.copy(data / name, target / name)
    ready = target / "pg_wal" / "archive_status"
    ready.mkdir(parents=True)
    for path in segments:
        shutil.copy(path, target / "pg_wal" / path.name)
        (ready / f"{path.name}.ready").touch()
    return ready
