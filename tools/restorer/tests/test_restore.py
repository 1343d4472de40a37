"""Tests of restore.py against repositories that make_repository.py writes. Run: python3 -m unittest discover -s tools/restorer/tests"""

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import make_repository as maker  # noqa: E402

RESTORE = os.path.join(os.path.dirname(HERE), "restore.py")


class RestoreTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.mkdtemp()
        cls.whole = maker.build(os.path.join(cls.scratch, "whole"))
        cls.keys(cls.whole, "")

    @classmethod
    def keys(cls, builder, suffix):
        path = lambda name: os.path.join(cls.scratch, name + suffix)
        with open(path("key"), "w") as file:
            file.write("# keep this\nSAFEHOLD-RECIPIENT-KEY-1: " + (builder.key_seed + maker.sha(builder.key_seed)[:4]).hex() + "\n")
        with open(path("passphrase"), "wb") as file:
            file.write(maker.PASSPHRASE + b"\r\n")
        for i, share in enumerate(builder.shares()):
            with open(path(f"share{i}"), "w") as file:
                file.write(share)

    @classmethod
    def tearDownClass(cls):
        subprocess.run(["chmod", "-R", "u+rwx", cls.scratch], stderr=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", cls.scratch])

    def build(self, **options):
        root = tempfile.mkdtemp(dir=self.scratch)
        builder = maker.build(os.path.join(root, "repository"), **options)
        self.keys(builder, os.path.basename(root))
        self.key = os.path.join(self.scratch, "key" + os.path.basename(root))
        return builder

    def copy(self):
        root = tempfile.mkdtemp(dir=self.scratch)
        self.key = os.path.join(self.scratch, "key")
        return shutil.copytree(self.whole.root, os.path.join(root, "repository"))

    def run_restore(self, root, *arguments, key=None, status=0):
        key = key or ("--recipient-file", self.key if hasattr(self, "key") else os.path.join(self.scratch, "key"))
        done = subprocess.run([sys.executable, RESTORE, root, *key, *arguments], capture_output=True, text=True, errors="surrogateescape")
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done.stdout + done.stderr

    def target(self):
        return tempfile.mkdtemp(dir=self.scratch)

    def check_tree(self, target, builder, strip=b"", missing=()):
        """Compares a restored tree with the records, stepping down so that no path is too long."""
        here = os.open(".", os.O_RDONLY)
        inodes = set()
        try:
            for path, r in builder.tree.items():
                if strip and not path.startswith(strip):
                    continue
                names = path[len(strip):].strip(b"/").split(b"/")
                os.chdir(target)
                for name in names[:-1]:
                    os.chdir(name)
                name = names[-1] or b"."
                if path in missing:
                    self.assertFalse(os.path.lexists(name), path)
                    continue
                s = os.lstat(name)
                kinds = {1: stat.S_IFDIR, 2: stat.S_IFREG, 3: stat.S_IFLNK, 4: stat.S_IFIFO, 5: stat.S_IFCHR, 6: stat.S_IFBLK, 7: stat.S_IFSOCK}
                self.assertEqual(stat.S_IFMT(s.st_mode), kinds[r["type"]], path)
                self.assertEqual(s.st_mtime_ns, r.get("mtime", 1700000000) * 10**9 + r.get("ns", 0), path)
                if r["type"] != 3:
                    self.assertEqual(stat.S_IMODE(s.st_mode), r.get("mode", 0o644), path)
                if r["type"] == 2 and (os.geteuid() == 0 or r.get("mode", 0o644) & 0o400):
                    with open(name, "rb") as file:
                        self.assertEqual(hashlib.sha256(file.read()).digest(), hashlib.sha256(r["content"]).digest(), path)
                if r["type"] == 3:
                    self.assertEqual(os.readlink(name), r["target"])
                if r["type"] == 5:
                    self.assertEqual((os.major(s.st_rdev), os.minor(s.st_rdev)), r["rdev"])
                if r.get("flags", 0) & 1:
                    self.assertEqual(s.st_nlink, r["links"])
                    inodes.add(s.st_ino)
                if r.get("flags", 0) & 4:
                    self.assertLess(s.st_blocks * 512, 1 << 20, "holes were filled")
                for attribute, value in r.get("xattrs", {}).items():
                    self.assertEqual(os.getxattr(name, attribute), value)
                self.assertFalse([e for e in os.listdir(b".") if e.startswith(b".safehold-restore-")])
        finally:
            os.fchdir(here)
            os.close(here)
        self.assertLessEqual(len(inodes), 1)

    # -- what must work

    def test_restores_everything_with_each_kind_of_key(self):
        path = lambda name: os.path.join(self.scratch, name)
        for key in (("--passphrase-file", path("passphrase")), ("--recipient-file", path("key")),
                    ("--shares", path("share2"), path("share0"))):
            target = self.target()
            text = self.run_restore(self.whole.root, "--target", target, key=key)
            self.assertIn("never committed", text)
            self.check_tree(target, self.whole)

    def test_restores_over_an_earlier_restore(self):
        target = self.target()
        self.run_restore(self.whole.root, "--target", target)
        self.run_restore(self.whole.root, "--target", target)
        self.check_tree(target, self.whole)

    def test_strips_the_backed_up_path(self):
        target = self.target()
        self.run_restore(self.whole.root, "--target", target, "--strip")
        self.check_tree(target, self.whole, strip=b"home/a")

    def test_lists_and_chooses(self):
        writer = self.whole.writer.hex()
        lines = [line for line in self.run_restore(self.whole.root, "--list").splitlines() if " files, " in line]
        self.assertEqual([line.split()[0] for line in lines], [f"{writer[:8]}/1", f"{writer[:8]}/2"])
        for name in (f"{writer[:6]}/1", lines[0].split()[1]):
            target = self.target()
            self.run_restore(self.whole.root, "--snapshot", name, "--target", target, "--strip")
            self.assertEqual(os.listdir(target), ["old"])
        self.run_restore(self.whole.root, "--snapshot", f"{writer[:6]}/3", "--target", self.target(), status=1)

    def test_verifies_without_writing(self):
        fingerprint = maker.sha(self.whole.administrator.public).hex()
        self.assertIn("0 damaged", self.run_restore(self.whole.root, "--verify-only", "--fingerprint", fingerprint))

    def test_blobs_that_were_moved(self):
        builder = self.build(moved=True)
        target = self.target()
        self.run_restore(builder.root, "--target", target)
        self.check_tree(target, builder)
        shutil.rmtree(os.path.join(builder.root, "index"))
        self.run_restore(builder.root, "--verify-only", status=11)      # the manifest misses the index run

    def test_missing_index_is_rebuilt(self):
        root, target = self.copy(), self.target()
        shutil.rmtree(os.path.join(root, "index"))
        self.assertIn("rebuilt", self.run_restore(root, "--target", target))
        self.check_tree(target, self.whole)

    def test_truncated_tail(self):
        root, target = self.copy(), self.target()
        shutil.rmtree(os.path.join(root, "index"))
        for name in (self.whole.data_pack, self.whole.meta_pack):
            path = os.path.join(root, name)
            os.truncate(path, os.path.getsize(path) - 1000)
        self.run_restore(root, "--target", target)
        self.check_tree(target, self.whole)
        self.assertIn("does not match its name", self.run_restore(root, "--verify-only", status=11))

    def test_damaged_beginning_of_a_pack(self):
        root, target = self.copy(), self.target()
        flip(os.path.join(root, self.whole.data_pack), 90)
        self.run_restore(root, "--target", target)
        self.check_tree(target, self.whole)

    # -- what must be refused or reported

    def test_wrong_keys(self):
        wrong = os.path.join(self.scratch, "wrong")
        with open(wrong, "wb") as file:
            file.write(b"not it\n")
        self.run_restore(self.whole.root, "--list", key=("--passphrase-file", wrong), status=12)
        with open(wrong, "w") as file:
            file.write("SAFEHOLD-RECIPIENT-KEY-1:" + (bytes(32) + maker.sha(bytes(32))[:4]).hex())
        self.run_restore(self.whole.root, "--list", key=("--recipient-file", wrong), status=12)
        self.run_restore(self.whole.root, "--list", key=("--shares", os.path.join(self.scratch, "share1")), status=12)
        self.run_restore(self.whole.root, "--list", "--fingerprint", "00" * 32, status=11)

    def test_damaged_blob_names_the_files_and_restores_the_rest(self):
        builder, target = self.build(broken="delta"), self.target()
        text = self.run_restore(builder.root, "--target", target, status=11)
        self.assertIn("/home/a/delta:", text)
        self.assertIn("/home/a/delta2:", text)
        self.check_tree(target, builder, missing=(b"home/a/delta", b"home/a/delta2"))

    def test_damaged_listing_block(self):
        builder, target = self.build(broken="block"), self.target()
        text = self.run_restore(builder.root, "--target", target, status=11)
        self.assertIn("are lost", text)
        self.assertTrue(os.path.exists(os.path.join(target, "home/a/bundled")))
        self.assertFalse(os.path.lexists(os.path.join(target, "home/a/link")))

    def test_flipped_byte_in_a_blob(self):
        root, target = self.copy(), self.target()
        flip(os.path.join(root, self.whole.data_pack), 2500)        # in the first blob, the bundle
        text = self.run_restore(root, "--target", target, status=11)
        self.assertIn("/home/a/bundled:", text)
        self.assertTrue(os.path.exists(os.path.join(target.encode(), b"home/a", maker.LONG)))

    def test_bad_signatures(self):
        writer = self.whole.writer.hex()
        for name, offset, status in ((f"snapshots/{writer}/0000000001", -5, 11), (f"snapshots/{writer}/0000000001", -3309 - 5, 11),
                                     (f"commits/{writer}/0000000001", 40, 11), ("keys/administrator/format", -1, 11), ("FORMAT", 40, 11)):
            root = self.copy()
            flip(os.path.join(root, name), offset)
            self.run_restore(root, "--list", status=status)

    def test_gaps_and_missing_commits(self):
        writer = self.whole.writer.hex()
        root = self.copy()
        os.unlink(os.path.join(root, f"snapshots/{writer}/0000000001"))
        os.unlink(os.path.join(root, f"commits/{writer}/0000000001"))
        self.assertIn("gap", self.run_restore(root, "--list"))
        root = self.copy()
        os.unlink(os.path.join(root, f"commits/{writer}/0000000002"))
        self.assertNotIn("/2  ", self.run_restore(root, "--list"))

    def withdraw(self, root, values):
        record = self.whole.administrator.record(b"SHWITHD1", self.whole.repository, {1: self.whole.writer, 2: 1, **values, 5: b"stolen"})
        os.makedirs(os.path.join(root, "keys/withdrawals"), exist_ok=True)
        with open(os.path.join(root, "keys/withdrawals", hashlib.sha256(record).hexdigest()), "wb") as file:
            file.write(record)

    def test_what_a_writer_adds_after_it_was_withdrawn_does_not_count(self):
        root = self.copy()
        with open(os.path.join(root, f"snapshots/{self.whole.writer.hex()}/0000000001"), "rb") as file:
            first = hashlib.sha256(file.read()).digest()
        self.withdraw(root, {3: 1, 4: first})
        text = self.run_restore(root, "--list")
        self.assertIn("/1  ", text)
        self.assertNotIn("/2  ", text)
        self.assertIn("0000000002 was added after its writer was withdrawn", text)
        self.withdraw(root, {3: 2, 4: bytes(32)})       # the lower number counts
        self.assertNotIn("/2  ", self.run_restore(root, "--list"))
        self.withdraw(root, {3: 0, 4: bytes(32)})
        self.assertNotIn("/1  ", self.run_restore(root, "--list"))

    def test_another_snapshot_in_the_place_of_the_last_that_counts_is_found(self):
        root = self.copy()
        self.withdraw(root, {3: 1, 4: hashlib.sha256(b"another").digest()})
        self.assertIn("after which its writer was withdrawn", self.run_restore(root, "--list", status=11))

    def test_never_follows_a_link_out_of_the_target(self):
        target, outside = self.target(), self.target()
        os.symlink(outside, os.path.join(target, "home"))
        self.run_restore(self.whole.root, "--target", target, status=1)
        self.assertEqual(os.listdir(outside), [])


def flip(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset, os.SEEK_SET if offset >= 0 else os.SEEK_END)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


if __name__ == "__main__":
    unittest.main()
