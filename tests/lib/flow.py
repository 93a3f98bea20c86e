"""Both programs for real, for flow tests: a throwaway PostgreSQL, a province, collectors.

    with flow.Site("name") as site:
        province = site.province()
        collector = site.collector("a", ["106", "107"])
        ...
    sys.exit(site.summary())

Checks print as tests/lib/check.sh prints them. Every process is ended by its own id, also
after a failure; nothing is written outside the folder of the site. BIN: folder of the
programs (build/release by default). KEEP=1 leaves the folder. Only the standard library.
"""
import atexit
import datetime
import json
import os
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BIN = os.path.realpath(os.path.join(ROOT, os.environ.get("BIN", "build/release")))
PG = os.path.join(ROOT, "tests", "lib", "pg.sh")
CATALOGUE = os.path.join(ROOT, "schema", "catalogue")
NAMES = {"105": "Thành phố Lai Châu", "106": "Huyện Tam Đường", "107": "Huyện Mường Tè",
         "108": "Huyện Sìn Hồ", "109": "Huyện Phong Thổ", "110": "Huyện Than Uyên",
         "111": "Huyện Tân Uyên", "112": "Huyện Nậm Nhùn"}
FROM = "2004-01-01"


class Failed(Exception):
    """The test cannot go on."""


# ---- waiting and processes --------------------------------------------------------------

# how many times the usual wait: machines are shared; below 1 with a mutant, where most
# waits are in vain
PATIENCE = float(os.environ.get("FLOW_PATIENCE", "3"))


def wait(what, condition, seconds=30.0, pause=0.05):
    """Until condition() is true; its value. Failed when time is up."""
    until = time.monotonic() + max(seconds * PATIENCE, min(seconds, 12))
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise Failed("not within %g s: %s" % (seconds, what))
        time.sleep(pause)


def _stat(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            text = f.read()
    except OSError:
        return None
    name, rest = text[text.index("(") + 1:].rsplit(")", 1)
    fields = rest.split()
    return name, fields[0], int(fields[1])  # name, state, parent


def children(pid):
    """Living descendants: {pid: name}."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            s = _stat(int(entry))
            if s and s[1] != "Z":
                parents[int(entry)] = s
    found, layer = {}, {pid}
    while layer:
        layer = {p for p, s in parents.items() if s[2] in layer and p not in found}
        found.update((p, parents[p][0]) for p in layer)
    return found


def peak_kb(pid):
    try:
        with open("/proc/%d/status" % pid) as f:
            return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1))
    except (OSError, AttributeError):
        return 0


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Daemon:
    """One program that is started again and again; stderr goes to a log file."""

    def __init__(self, site, name, argv):
        self.site, self.name, self.argv = site, name, argv
        self.log = os.path.join(site.dir, name + ".log")
        self.process = None
        self.starts = 0

    def launch(self, **env):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.site.dir,
                env=dict(os.environ, LC_ALL="C.UTF-8", **env))
        self.starts += 1

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self, sig=signal.SIGKILL):
        """Ends it and waits until it and its children are gone."""
        if self.process is None:
            return None
        family = children(self.process.pid) if self.alive() else {}
        if self.alive():
            self.process.send_signal(sig)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        until = time.monotonic() + 5
        for pid in family:
            while _stat(pid) and _stat(pid)[1] != "Z" and time.monotonic() < until:
                time.sleep(0.005)
        self.process = None
        return code

    def logged(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as f:
                return f.read()
        except OSError:
            return ""


# ---- the province -----------------------------------------------------------------------

class Province(Daemon):
    """htx-aggregator with its database. settings: more lines of [serve]."""
    code, title, database, patience = "12", "Tỉnh Lai Châu", "postgres", 60

    def __init__(self, site, civil_date="2025-06-16", units=None, settings=()):
        self.conf = os.path.join(site.dir, "aggregator.conf")
        self.state = os.path.join(site.dir, "province")
        self.port = free_port()
        self.settings = list(settings)
        self.units = units or dict.fromkeys(NAMES, "2025-06-30")
        super().__init__(site, "serve",
                         [os.path.join(BIN, "htx-aggregator"), "-c", self.conf, "serve"])
        os.makedirs(self.state)
        self.configure(civil_date)
        self._found()

    def role(self, user):
        return "host=%s dbname=%s user=%s" % (self.site.pg_dir, self.database, user)

    def configure(self, civil_date):
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write("[province]\ncode = %s\nname = %s\n[state]\ndir = %s\n"
                    "catalogue = %s\n[database]\n" % (
                        self.code, self.title, self.state, CATALOGUE))
            for use, user in (("owner", "postgres"), ("admin", "htx_admin"),
                              ("serve", "htx_serve"), ("read", "htx_read"),
                              ("feed", "htx_feed")):
                f.write("%s = %s\n" % (use, self.role(user)))
            f.write("[serve]\nendpoint = tcp://127.0.0.1:%d\ncivil_date = %s\nlog_level = 6\n"
                    % (self.port, civil_date))
            for line in self.settings:
                f.write(line + "\n")

    def command(self, *argv, code=0, stdin=None):
        """A command of an officer; stdout. Failed when it ends otherwise than expected."""
        p = subprocess.run([os.path.join(BIN, "htx-aggregator"), "-c", self.conf, *argv],
                           input=stdin, capture_output=True, text=True, cwd=self.site.dir,
                           env=dict(os.environ, LC_ALL="C.UTF-8"), timeout=self.patience,
                           check=False)
        if code is not None and p.returncode != code:
            raise Failed("htx-aggregator %s: exit %d\n%s%s"
                         % (" ".join(argv), p.returncode, p.stdout, p.stderr))
        return p.stdout

    def _found(self):
        self.command("migrate")
        officers = []
        for who in "abc":
            key = os.path.join(self.site.dir, who + ".key")
            self.command("keys", "new", key)
            officers += ["--officer", "%s=%s,%s" % (who, key, who.upper())]
        self.command("genesis", *officers, "--sign", os.path.join(self.site.dir, "a.key"),
                     "--sign", os.path.join(self.site.dir, "b.key"))
        self.command("catalogue", "load", CATALOGUE)
        self.activate(1)
        self.load_units(self.units)

    def activate(self, version):
        """Two officers put a catalogue version into force, on one line."""
        self.command("catalogue", "activate", str(version), "--sign",
                     os.path.join(self.site.dir, "a.key"), "--sign",
                     os.path.join(self.site.dir, "b.key"))

    def close(self, period, vintage=None, first="a", second="b"):
        """One officer proposes, another confirms."""
        for who in (first, second):
            self.command("close", period, *self._vintage(vintage), "--sign",
                         os.path.join(self.site.dir, who + ".key"))

    def publish(self, period, vintage=None):
        """The next publication of a period: proposed, confirmed, published."""
        self.close(period, vintage)
        return self.command("publish", period, *self._vintage(vintage), "--by", "a")

    def reopen(self, period, vintage=None, why="số liệu cần xem lại"):
        for who in ("a", "b"):
            self.command("reopen", period, *self._vintage(vintage), "--why", why, "--sign",
                         os.path.join(self.site.dir, who + ".key"))

    @staticmethod
    def _vintage(vintage):
        return ["--vintage", vintage] if vintage else []

    def load_units(self, units):
        path = os.path.join(self.site.dir, "units.tsv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("code\tvalid_from\tvalid_to\tname\tkind\tparent\tact\n"
                    "12\t2004-01-01\t\tTỉnh Lai Châu\tprovince\t\t\n")
            for code, until in units.items():
                f.write("%s\t%s\t%s\t%s\tdistrict\t12\t\n" % (code, FROM, until, NAMES[code]))
        self.command("unit", "load", path)

    def start(self, ready=True, **env):
        endpoint = os.path.join(self.state, "endpoint")
        if os.path.exists(endpoint):
            os.unlink(endpoint)
        self.launch(**env)
        if ready:
            try:
                wait("serve answers", lambda: os.path.exists(endpoint) or not self.alive(), 30)
            except Failed as e:
                raise Failed("%s\n%s" % (e, self.logged()[-2000:]))
        return self

    def sql(self, text):
        """Rows of a query as lists of text."""
        p = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v",
                            "ON_ERROR_STOP=1", self.role("postgres"), "-f", "-"],
                           input="set search_path = htx;" + text, capture_output=True,
                           text=True, timeout=60, check=False)
        if p.returncode:
            raise Failed("psql: " + p.stderr)
        return [line.split("\x1f") for line in p.stdout.splitlines() if line]

    def number(self, text):
        return int(self.sql(text)[0][0])

    def audit(self, word):
        return self.number("select count(*) from audit where detail like '%%%s%%'" % word)


# ---- collectors -------------------------------------------------------------------------

QUICK = {"scan_ms": 100, "reconnect_ms": 50, "reconnect_max_ms": 200, "hello_timeout_ms": 1000,
         "answer_timeout_ms": 1500, "retry_min_ms": 100, "retry_max_ms": 400,
         "handshake_ms": 1000, "heartbeat_ms": 1000, "heartbeat_timeout_ms": 3000,
         "min_free": 0}


class Collector(Daemon):
    """htx-collector for some units; port: where it believes the province to be."""

    def __init__(self, site, name, units, port, state=None, **settings):
        self.units = list(units)
        self.home = os.path.join(site.dir, name)
        self.state = state or os.path.join(self.home, "state")
        self.conf = os.path.join(self.home, "collector.conf")
        self.port = port
        self.settings = {**QUICK, "civil_date": "2025-06-16", **settings}
        super().__init__(site, name, [os.path.join(BIN, "htx-collector"), "-c", self.conf, "run"])
        os.makedirs(self.home, exist_ok=True)
        self.configure()

    def configure(self):
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write("[collector]\nstate = %s\ncatalogue = %s\ngenesis = %s\n"
                    "endpoint = tcp://127.0.0.1:%d\n" % (
                        self.state, CATALOGUE,
                        os.path.join(self.site.dir, "province", "genesis.conf"), self.port))
            for key, value in self.settings.items():
                f.write("%s = %s\n" % (key, value))
            for code in self.units:
                f.write("[unit %s]\nvalid_from = %s\ninbox = %s\n"
                        % (code, FROM, self.inbox(code)))

    def inbox(self, code):
        return os.path.join(self.home, "gui", code)

    def command(self, *argv, code=0, stdin=None):
        p = subprocess.run([os.path.join(BIN, "htx-collector"), "-c", self.conf, *argv],
                           input=stdin, capture_output=True, text=True, cwd=self.site.dir, timeout=60,
                           env=dict(os.environ, LC_ALL="vi_VN.UTF-8", LANGUAGE="vi"),
                           check=False)
        if code is not None and p.returncode != code:
            raise Failed("htx-collector %s: exit %d\n%s%s"
                         % (" ".join(argv), p.returncode, p.stdout, p.stderr))
        return p.stdout

    def enroll(self, province):
        for line in self.command("init").splitlines():
            if line.startswith("enroll "):
                province.command("keys", "enroll", line)
        return self

    def start(self, **env):
        self.launch(**env)
        return self

    def drop(self, code, name, data):
        """As a program saves a file: beside it first, then under its name."""
        path = os.path.join(self.inbox(code), name)
        with open(path + ".tmp", "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        os.rename(path + ".tmp", path)
        return path

    def receipts(self):
        """{hash: row}, through the daemon while it lives."""
        return {r["hash"]: r for r in json.loads(self.command("receipts", "--json"))}

    def reports(self):
        return json.loads(self.command("report", "list", "--json"))

    def answers(self, code, folder):
        """Names and texts of the answers beside the files of a folder."""
        where = os.path.join(self.inbox(code), folder)
        found = {}
        for name in os.listdir(where) if os.path.isdir(where) else []:
            if name.endswith(".ket-qua.txt"):
                with open(os.path.join(where, name), encoding="utf-8") as f:
                    found[name] = f.read()
        return found

    def waiting(self):
        """What has no receipt yet, or lies in an inbox or in work."""
        n = 0
        for code in self.units:
            n += sum(e.is_file() for e in os.scandir(self.inbox(code)))
            work = os.path.join(self.state, "claims", code)
            n += len(os.listdir(work)) if os.path.isdir(work) else 0
        if n:
            return n
        return sum(r["state"] in ("waiting", "on_the_way") for r in self.reports())


# ---- the site ---------------------------------------------------------------------------

class Site:
    """A folder, a cluster (config: more lines of its configuration), the processes started in
    it, and the count of checks."""

    def __init__(self, name, pg=True, config=()):
        if not os.access(os.path.join(BIN, "htx-aggregator"), os.X_OK):
            sys.exit("no programs in " + BIN)
        self.name = name
        self.passed = self.failed = self.skipped = 0
        self.daemons, self.mounts, self.proxies = [], [], []
        self.pg_dir = None
        self.dir = tempfile.mkdtemp(prefix="htx-%s." % name)
        os.chmod(self.dir, 0o755)
        atexit.register(self.clear)
        for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(s, lambda *_: sys.exit(1))
        if pg:
            p = subprocess.run([PG, "start", *config], capture_output=True, text=True, check=False)
            if p.returncode == 77:
                print("# PostgreSQL 15 is not installed")
                sys.exit(77)
            if p.returncode:
                sys.exit("cluster: " + p.stderr)
            self.pg_dir = p.stdout.strip()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if isinstance(value, Failed):
            self.check("runs to its end", False, str(value))
        if self.failed and not isinstance(value, SystemExit):
            self.tails()
        self.clear()
        return isinstance(value, Failed)

    def clear(self):
        for p in self.proxies:
            p.close()
        for d in self.daemons:
            d.kill()
        self.daemons, self.proxies = [], []
        for m in self.mounts:
            subprocess.run(["umount", "-l", m], check=False)
        self.mounts = []
        if self.pg_dir:
            subprocess.run([PG, "stop", self.pg_dir], check=False)
            self.pg_dir = None
        if not os.environ.get("KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def tails(self):
        for d in self.daemons:
            print("# ---- %s\n%s" % (d.name, "\n".join(
                "# " + line for line in d.logged().splitlines()[-15:])))

    def province(self, **settings):
        p = Province(self, **settings)
        self.daemons.append(p)
        self.the_province = p
        return p

    def collector(self, name, units, port=None, enroll=True, **settings):
        c = Collector(self, name, units, port or self.the_province.port, **settings)
        self.daemons.append(c)
        if enroll:
            c.enroll(self.the_province)
        return c

    def proxy(self, target):
        p = Proxy(target)
        self.proxies.append(p)
        return p

    def pg(self, what):
        subprocess.run([PG, what, self.pg_dir], check=True, capture_output=True)

    # -- counting --

    def check(self, name, ok, detail=""):
        if ok:
            self.passed += 1
            print("ok   " + name)
        else:
            self.failed += 1
            print("FAIL " + name)
            for line in str(detail).splitlines()[:12]:
                print("     " + line)
        sys.stdout.flush()
        return bool(ok)

    def equal(self, name, expected, got):
        return self.check(name, expected == got, "expected: %r\ngot:      %r" % (expected, got))

    def skip(self, name):
        self.skipped += 1
        print("skip " + name)

    def summary(self):
        print("%d passed, %d failed" % (self.passed, self.failed) +
              (", %d skipped" % self.skipped if self.skipped else ""))
        return 1 if self.failed else 0


# ---- a link that can be held and cut ----------------------------------------------------

class Proxy(threading.Thread):
    """TCP in the middle. hold: what the province says stays here; cut() ends every
    connection and drops it; refuse: nobody gets through."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.target = target
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        self.hold = self.refuse = False
        self.kept = 0  # bytes of the province that did not pass
        self.links = []  # (client, server)
        self.lock = threading.Lock()
        self.ended = False
        self.start()

    def cut(self):
        with self.lock:
            for pair in self.links:
                for s in pair:
                    s.close()
            self.links = []
            self.kept = 0

    def close(self):
        self.ended = True
        self.join(2)
        self.cut()
        self.listener.close()

    def _accept(self):
        client = self.listener.accept()[0]
        server = socket.socket()
        try:
            if self.refuse:
                raise OSError
            server.connect(("127.0.0.1", self.target))
            self.links.append((client, server))
        except OSError:
            client.close()
            server.close()

    def _move(self, source, pair):
        client, server = pair
        try:
            data = source.recv(65536)
            if data and source is server and self.hold:
                self.kept += len(data)
                return True
            if data:
                (client if source is server else server).sendall(data)
                return True
        except OSError:
            pass
        client.close()
        server.close()
        return False

    def run(self):
        while not self.ended:
            with self.lock:
                by_socket = {s: pair for pair in self.links for s in pair}
            try:
                ready = select.select([self.listener, *by_socket], [], [], 0.05)[0]
            except (OSError, ValueError):
                continue  # a link was cut meanwhile
            with self.lock:
                for s in ready:
                    if s is self.listener:
                        self._accept()
                    elif by_socket[s] in self.links and not self._move(s, by_socket[s]):
                        self.links.remove(by_socket[s])


# ---- sheets -----------------------------------------------------------------------------

HEAD = ("STT,Tên HTX,Mã số thuế,Số giấy chứng nhận,Nơi cấp,Loại hình,\"Ngành, lĩnh vực\","
        "\"Xã, phường, thị trấn\",Tình trạng hoạt động,Số thành viên,Thành viên mới tham gia,"
        "Thành viên ra khỏi HTX,Lao động thường xuyên,Trong đó: lao động là thành viên,"
        "Vốn điều lệ")


def tax_number(unit, serial):
    """An invented tax number with its check digit; None where none exists."""
    digits = "6%s%05d" % (unit, serial)
    rest = sum(w * int(d) for w, d in zip((31, 29, 23, 19, 17, 13, 7, 5, 3), digits)) % 11
    return digits + str(10 - rest) if rest else None


def tax_numbers(unit):
    return (t for t in (tax_number(unit, i) for i in range(1, 100000)) if t)


def entity_list(unit, rows, period="6 tháng đầu năm 2025"):
    """rows: (tax number, name, capital)."""
    lines = ["DANH SÁCH HỢP TÁC XÃ", "Mẫu số: Biểu 01/HTX",
             "Đơn vị báo cáo: %s (mã %s)" % (NAMES[unit], unit), "Kỳ báo cáo: " + period,
             "Loại số liệu: thực hiện", "", HEAD]
    for i, (tax, name, capital) in enumerate(rows):
        lines.append("%d,%s,%s,,,HTX,Nông nghiệp,Xã Thu Lũm,Đang hoạt động,10,-,-,10,10,%d"
                     % (i + 1, name, tax, capital))
    return "\n".join(lines) + "\n"


class Officer:
    """Drops files for one unit one after the other, and remembers what must be stored."""

    def __init__(self, collector, unit, rng):
        self.collector, self.unit, self.rng = collector, unit, rng
        self.taxes = tax_numbers(unit)
        self.now = {}       # tax number: newest name
        self.names = []     # every version ever dropped: one report each
        self.last = None    # (rows, data) of the newest file
        self.path = None
        self.files = self.repeats = self.corrections = 0

    def idle(self):
        return self.path is None or not os.path.exists(self.path)

    def step(self):
        """One more file when the one before was taken: new rows, a correction, a repeat."""
        if not self.idle():
            return
        dice = self.rng.random()
        if self.last and dice < 0.2:
            self.repeats += 1
        else:
            rows = []
            if self.now and dice < 0.5:
                for tax in self.rng.sample(sorted(self.now), min(3, len(self.now))):
                    rows.append(self._version(tax))
                self.corrections += len(rows)
            else:
                rows = [self._version(next(self.taxes)) for _ in range(self.rng.randint(2, 6))]
            self.last = entity_list(self.unit, rows)
        self.files += 1
        self.path = self.collector.drop(self.unit, "ds-%05d.csv" % self.files, self.last)

    def _version(self, tax):
        name = "HTX %s số %d" % (tax, len(self.names) + 1)
        self.now[tax] = name
        self.names.append(name)
        return tax, name, 100 + len(self.names)


def settled(site, collectors, seconds=90, tend=lambda: None):
    """Until every collector has an answer to all it took in. tend: called while waiting."""
    def one(c):
        tend()
        try:
            return c.waiting() == 0
        except Failed:
            return False
    try:
        for c in collectors:
            wait("answers for " + c.name, lambda c=c: one(c), seconds, 0.2)
        return site.check("every report is answered", True)
    except Failed as e:
        return site.check("every report is answered", False, "%s\n%s" % (e, [
            (c.name, c.waiting(), c.command("status", code=None)) for c in collectors]))


def count(site, province, collectors, officers=(), others=()):
    """What must hold after any trouble; all of it counted in the database. others: units
    whose rows came from elsewhere."""
    acked = {}
    for c in collectors:
        acked.update(c.receipts())
    stored = {r[0]: r for r in province.sql(
        "select encode(item_hash, 'hex'), epoch || '/' || seq, encode(leaf, 'hex') from receipt")}
    lost = [h for h, r in acked.items()
            if h not in stored or "%s/%s" % (r["epoch"], r["seq"]) != stored[h][1]
            or stored[h][2] not in r["bytes"]]
    site.check("acknowledged is stored: %d receipts" % len(acked), acked and not lost, lost[:5])
    missing = province.number(
        "select count(*) from receipt r where not exists (select from report p where"
        " p.hash = r.item_hash and p.seq = r.seq) and not exists (select from submission s"
        " where s.hash = r.item_hash) and not exists (select from answer a"
        " where a.hash = r.item_hash)")
    site.equal("every receipt has its row", 0, missing)
    doubled = province.sql(
        "select unit, subject, count(*) from report r where counts and not exists (select from"
        " supersession s where s.old = r.hash) group by scheme, period, vintage, form, unit,"
        " unit_from, subject, channel having count(*) > 1")
    site.equal("nothing counts twice", [], doubled)
    site.equal("positions have no gap", "t", province.sql(
        "select coalesce(bool_and(first_seq = before + 1), true) from (select first_seq,"
        " lag(last_seq, 1, 0::bigint) over (order by number) before from commit) s")[0][0])
    if officers:
        _dropped(site, province, officers, others)
    return acked


def _dropped(site, province, officers, others):
    have = {}
    for unit, name, n in province.sql("select unit, name, count(*) from report where counts"
                                      " group by 1, 2"):
        if unit not in others:
            have[unit, name] = int(n)
    want = [(o.unit, name) for o in officers for name in o.names]
    wrong = [(key, have.get(key, 0)) for key in want if have.get(key, 0) != 1]
    site.check("each of %d good rows is stored exactly once" % len(want), not wrong,
               "%d wrong, first: %s" % (len(wrong), wrong[:5]))
    site.equal("and no other row", len(set(want)), len(have))
    newest = {(r[0], r[1]): r[2] for r in province.sql(
        "select unit, substr(subject, 5), name from report r where counts and not exists"
        " (select from supersession s where s.old = r.hash)")}
    wrong = [(o.unit, tax, name, newest.get((o.unit, tax))) for o in officers
             for tax, name in o.now.items() if newest.get((o.unit, tax)) != name]
    site.check("the newest version counts", not wrong, wrong[:5])
