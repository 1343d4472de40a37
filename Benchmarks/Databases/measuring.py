"""Runs commands and says what they took: wall and processor seconds of the whole tree, peak memory, bytes on disk."""
import ctypes, json, os, subprocess, sys, threading, time

TICK = os.sysconf("SC_CLK_TCK")
PR_SET_CHILD_SUBREAPER = 36


def processor_seconds(pid):
    """Of a process and all below it, those that ended and were waited for included."""
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        try:
            with open(f"/proc/{one}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            waiting += children(one)
        except OSError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / TICK


def children(pid):
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += [int(word) for word in file.read().split()]
        except OSError:
            pass
    return found


def machine_seconds():
    """What all of the machine's processors did so far."""
    with open("/proc/stat") as file:
        fields = [int(word) for word in file.readline().split()[1:]]
    return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / TICK


class Memory(threading.Thread):
    """The most that all below a process held at one time, looked at every 10 ms for the first second, then every 50 ms: what is each one's own, and
    of what is read from files, programs and libraries among it, that of the one with the most of it. Proportional sizes are not told of a
    process that keeps others from looking into it."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.over = pid, 0, threading.Event()

    def run(self):
        began = time.monotonic()
        while not self.over.wait(0.01 if time.monotonic() < began + 1 else 0.05):
            self.peak = max(self.peak, self.now())

    def now(self):
        own, files = 0, 0
        try:
            waiting = children(self.pid)
            while waiting:
                one = waiting.pop()
                waiting += children(one)
                sizes = self.resident(one)
                own += sizes.get("RssAnon", 0) + sizes.get("RssShmem", 0)
                files = max(files, sizes.get("RssFile", 0))
        except OSError:
            pass
        return own + files

    @staticmethod
    def resident(pid):
        try:
            with open(f"/proc/{pid}/status") as file:
                fields = (line.split() for line in file if line.startswith("Rss"))
                return {words[0].rstrip(":"): int(words[1]) for words in fields}
        except OSError:
            return {}


def run_all(commands, environment, folder, processors, log, after):
    """In a process of its own: the commands one after the other. Processes that go on in the background count, too."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.sched_setaffinity(0, processors)
    walls, status = [], 0
    for number, command in enumerate(commands):
        began = time.monotonic()
        status = subprocess.call(
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        walls.append(time.monotonic() - began)
        if status:
            break
        if after:
            after(number)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    use = os.times()
    return {"walls": walls, "cpu": use.children_user + use.children_system, "status": status}


def measured(commands, environment, folder, log_path, processors, server=None, after=None):
    """Runs commands (lists of words) one after the other and returns wall seconds of each, and of all of them the processor seconds,
    those of a server, peak MiB, and what somebody else's processes took meanwhile. A command that fails ends the benchmark."""
    usable = set(sorted(os.sched_getaffinity(0))[:processors])
    reader, writer = os.pipe()
    before, machine = processor_seconds(server) if server else 0, machine_seconds()
    with open(log_path, "ab") as log:
        child = os.fork()
        if child == 0:
            result = run_all(commands, environment, folder, usable, log, after)
            os.write(writer, json.dumps(result).encode())
            os._exit(0)
        os.close(writer)
        memory = Memory(child)
        memory.start()
        with open(reader, "rb") as pipe:
            answer = pipe.read()
        os.waitpid(child, 0)
    memory.over.set()
    memory.join()
    result = json.loads(answer)
    if result["status"]:
        with open(log_path, errors="replace") as log:
            sys.exit(f"status {result['status']}: {' '.join(commands[len(result['walls']) - 1])}\n{log.read()[-3000:]}")
    result["wall"] = sum(result["walls"])
    result["server_cpu"] = processor_seconds(server) - before if server else 0.0
    result["peak"] = memory.peak / 1024
    result["other"] = max(0.0, machine_seconds() - machine - result["cpu"] - result["server_cpu"])
    return result


def allocated(path):
    """MiB of blocks below a path, a file with several names once."""
    total, seen = 0, set()
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                entry = os.lstat(os.path.join(folder, name))
            except FileNotFoundError:
                continue
            if entry.st_ino not in seen:
                seen.add(entry.st_ino)
                total += entry.st_blocks * 512
    return total / 2**20
