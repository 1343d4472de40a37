import Foundation
import Glibc
import TestSupport
import Testing

/// Copies on removable media: whole, resumable, and enough alone.
@Suite(.serialized, .enabled(if: Mount.isPossible, Mount.reason)) struct MediumCopyTests {
    @Test(
        "A medium alone restores, on a machine that has nothing else but the kit",
        arguments: [MediumDesk.FileSystem.ext4, .exfat])
    func alone(_ kind: MediumDesk.FileSystem) throws {
        guard let desk = try MediumDesk(kind) else { return }
        let kit = try desk.place.visit("keys", "recovery-kit").mustBe(0).text
        let copied = try desk.media("copy", desk.path).mustBe(0).summary()
        #expect(copied.text("outcome") == "complete" && copied["snapshots"] == 1)
        try ChildProcess.shell("mv repository gone; mv home gone-home", directory: desk.place.scratch.path)
        // The passphrase from the envelope, a fresh home, and the medium.
        let machine = ["SAFEHOLD_HOME": desk.place.scratch.path + "/fresh"]
        let open = ["--repository", desk.path, "--passphrase-file", desk.place.passphraseFile]
        let fingerprint = try #require(
            try ChildProcess.run([program, "keys", "--json"] + open.prefix(2), environment: machine).mustBe(0).lines()
                .first
        ).text("fingerprint")
        #expect(kit.filter { !$0.isWhitespace }.contains(fingerprint))
        let target = desk.place.scratch.path + "/back"
        try ChildProcess.run(
            [program, "restore", "latest", "--strip", "--target", target] + open, environment: machine
        ).mustBe(0)
        try Comparison.expectSame(desk.place.source, target)
        try ChildProcess.run([program, "verify", "--read-data"] + open, environment: machine).mustBe(0)
        guard Restorer.isAvailable, let python = Restorer.python else {
            return LeftOut.say("restore.py from the medium", Restorer.reason)
        }
        let other = desk.place.scratch.path + "/back-by-python"
        let format = try String(contentsOfFile: desk.path + "/FORMAT", encoding: .utf8)
        let restorer = try #require(format.split(separator: "\n").first { $0.hasPrefix("restorer: ") }).dropFirst(10)
        try ChildProcess.run([
            python, "\(desk.path)/spec/\(restorer)", desk.path, "--passphrase-file", desk.place.passphraseFile,
            "--strip",
            "--target", other,
        ]).mustBe(0)
        try Comparison.expectSame(desk.place.source, other)
    }

    @Test("A second copy brings only what is new, and leaves the rest untouched") func again() throws {
        let desk = try #require(try MediumDesk())
        try desk.media("copy", desk.path).mustBe(0)
        let before = try ChildProcess.shell(
            "find . -type f ! -name 'journal*' -printf '%P %T@ %i\\n' | sort", directory: desk.path)
        let nothing = try desk.media("copy", desk.path).mustBe(0).summary()
        #expect(nothing["objects_copied"] == 0 && nothing["parity_bytes"] == 0)
        try ChildProcess.shell("echo new > d/new", directory: desk.place.source)
        try desk.place.backup()
        let second = try desk.media("copy", desk.path).mustBe(0).summary()
        #expect(second["objects_copied"] > 3 && second["bytes_copied"] < 1_000_000 && second["snapshots"] == 2)
        let after = try ChildProcess.shell("find . -type f -printf '%P %T@ %i\\n'", directory: desk.path)
        let kept = Set(after.split(separator: "\n"))
        #expect(before.split(separator: "\n").allSatisfy(kept.contains))
        let checked = try desk.media("check", desk.path).mustBe(0).summary()
        #expect(checked["findings"] == 0 && checked["unprotected"] == 0)
    }

    @Test(
        "Killed at any moment, a copy is completed by running it again", .enabled(if: Faults.isAvailable, Faults.reason)
    )
    func killed() throws {
        let desk = try #require(try MediumDesk(label: nil))
        let words = [program, "media", "copy", desk.path, "--json"]
        func begin() throws {
            try ChildProcess.shell("find \"$1\" -mindepth 1 -delete; rm -rf \"$2\"/*/media", desk.path, desk.place.home)
            try desk.media("init", desk.path, "--label", "A").mustBe(0)
        }
        try begin()
        let calls = try Faults.count(words, desk.place.writing)
        try #require(calls > 60)
        let whole = Set(try desk.objects)
        var killed = 0
        for call in stride(from: 3, through: calls, by: Soak.isOn ? 1 : max(1, calls / 10)) {
            try begin()
            let ended = try ChildProcess.run(
                words, environment: desk.place.writing.merging(try Faults.killing(at: call)) { $1 })
            if ended.way == .signal(SIGKILL) { killed += 1 }
            // A medium that looks like a repository is one.
            if FileStatus.exists(desk.path + "/FORMAT") {
                try ChildProcess.run([program, "verify", "-r", desk.path, "--without-key", "--read-data"]).mustBe(0)
            }
            try desk.media("copy", desk.path).mustBe(0)
            let checked = try desk.media("check", desk.path).mustBe(0).summary()
            #expect(checked["unprotected"] == 0, "call \(call) of \(calls)")
            #expect(Set(try desk.objects).isSuperset(of: whole.filter { !$0.contains("parity/") }), "call \(call)")
            #expect(try FileStatus.files(below: desk.path + "/tmp") == [], "call \(call)")
        }
        #expect(killed > 5)
    }

    @Test(
        "What the repository cannot give is named, the rest is copied, and a later copy brings it",
        .enabled(if: Faults.isAvailable, Faults.reason))
    func unreadable() throws {
        let desk = try #require(try MediumDesk())
        let pack = try #require(try FileStatus.files(below: desk.place.repository).first { $0.hasPrefix("packs/") })
        let faults = try Faults.environment(["FAULT_UNREADABLE": desk.place.repository + "/" + pack])
        let ended = try desk.media("copy", desk.path, environment: faults).mustBe(3)
        #expect(try ended.summary().text("outcome") == "partial")
        let findings = try ended.lines().filter { $0.type == "finding" }
        #expect(findings.map { $0.text("object") } == [pack])
        #expect(findings.first?.text("message").contains("Input/output error") == true, ended.said)
        #expect(!FileStatus.exists(desk.path + "/" + pack) && FileStatus.exists(desk.path + "/FORMAT"))
        #expect(try desk.media("list").mustBe(0).lines().first?.fields["complete"] as? Bool == false)
        let second = try desk.media("copy", desk.path).mustBe(0).summary()
        #expect(second["objects_copied"] == 1)
        try desk.media("check", desk.path).mustBe(0)
    }

    @Test("An object of the repository that is not what its name says is not carried on") func damagedSource() throws {
        let desk = try #require(try MediumDesk())
        let pack = try #require(try FileStatus.files(below: desk.place.repository).first { $0.hasPrefix("packs/") })
        try Damage.flip(desk.place.repository + "/" + pack)
        let ended = try desk.media("copy", desk.path).mustBe(3)
        #expect(try ended.lines().filter { $0.type == "finding" }.map { $0.text("object") } == [pack])
        #expect(!FileStatus.exists(desk.path + "/" + pack))
    }

    @Test(
        "A medium that is too small is refused at once; one that fills up meanwhile says so and goes on later",
        .enabled(if: Faults.isAvailable, Faults.reason))
    func full() throws {
        let small = try #require(try MediumDesk(size: "3m"))
        let error = try small.media("copy", small.path).mustBe(13).error()
        #expect(error.text("code") == "storage-full" && error.text("message").contains("'A'"))
        #expect(try small.objects == [])
        try ChildProcess.shell("mount -o remount,size=64m \"$1\"", small.path)
        let faults = try Faults.at(60, error: ENOSPC, stays: true)
        let later = try small.media("copy", small.path, environment: faults)
        try #require(later.status == 13, later.said)
        #expect(try later.error().text("message").contains("is full"))
        let there = try small.objects
        #expect(!there.isEmpty)
        let rest = try small.media("copy", small.path).mustBe(0).summary()
        #expect(rest["objects_present"] > 0)
        try small.media("check", small.path).mustBe(0)
    }

    @Test("A write-protected medium is read, and not written; its check stands in the book") func readOnly() throws {
        let desk = try #require(try MediumDesk())
        try desk.media("copy", desk.path).mustBe(0)
        try ChildProcess.shell("echo new > d/new", directory: desk.place.source)
        try desk.place.backup()
        try #require(desk.mount.makeReadOnly())
        let error = try desk.media("copy", desk.path).mustBe(12).error()
        #expect(error.text("code") == "storage-denied" && error.text("message").contains("'A'"))
        let checked = try desk.media("check", desk.path).mustBe(0)
        #expect(try checked.lines().contains { $0.type == "warning" })
        let listed = try #require(try desk.media("list").mustBe(0).lines().first)
        #expect(!listed.text("checked").isEmpty && listed["damaged"] == 0)
        // Attached for writing again, it gets what it missed.
        try ChildProcess.shell("mount -o remount,rw \"$1\"", desk.path)
        try desk.media("copy", desk.path).mustBe(0)
        let journal = try String(contentsOfFile: desk.path + "/.safehold-medium/journal", encoding: .utf8)
        #expect(journal.contains("event = checked"))
    }

    @Test("A medium that is pulled out midway is missed by name, and goes on when it is back") func pulledOut() throws {
        let desk = try #require(try MediumDesk(.ext4, label: "stick"))
        let process = try ChildProcess(
            [program, "media", "copy", desk.path, "--json"].map(\.bytes), environment: desk.place.writing)
        while try FileStatus.files(below: desk.path + "/spec").isEmpty, !process.ends(within: 1) {}
        desk.mount.vanish()
        let ended = process.wait()
        try #require(ended.status == 10, ended.said)
        #expect(try ended.error().text("code") == "medium-missing")
        #expect(try ended.error().text("message").contains("'stick'"))
        #expect(try FileStatus.files(below: desk.path) == [], "something was written below the mount point")
        let absent = try desk.media("copy", desk.path).mustBe(10).error()
        #expect(absent.text("code") == "medium-missing")
        try ChildProcess.shell("mount -o loop \"$1\" \"$2\"", desk.place.scratch.path + "/image", desk.path)
        try desk.media("copy", desk.path).mustBe(0)
        try desk.media("check", desk.path).mustBe(0)
        try pullOutWhileChecking(desk)
    }

    /// It is missed, not taken for damaged: the book keeps what the last whole check said.
    private func pullOutWhileChecking(_ desk: MediumDesk) throws {
        let before = try desk.media("list").mustBe(0).lines().first?.text("checked")
        let process = try ChildProcess(
            [program, "media", "check", desk.path, "--json"].map(\.bytes), environment: desk.place.writing)
        desk.mount.vanish()
        let ended = process.wait()
        try #require(ended.status == 10, ended.said)
        #expect(try ended.error().text("code") == "medium-missing")
        let after = try #require(try desk.media("list").mustBe(0).lines().first)
        #expect(after["damaged"] == 0 && after.text("checked") == before)
    }

    @Test(
        "A repository that may not be read is not blamed on the medium",
        .enabled(if: isRoot && ChildProcess.has("setpriv"), "becoming another user takes root"))
    func deniedSource() throws {
        let desk = try #require(try MediumDesk())
        try ChildProcess.shell(
            "cp \(program) program; chmod 755 program; chown -R 65534:65534 home medium; chmod -R a+rX repository; chmod 700 repository/packs/*",
            directory: desk.place.scratch.path)
        let user = [
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", desk.place.scratch.path + "/program",
        ]
        let error = try ChildProcess.run(
            user + ["media", "copy", desk.path, "--json"], environment: desk.place.writing
        )
        .mustBe(12).error()
        #expect(error.text("message").contains("repository/packs"))
        #expect(!error.text("message").contains("medium") && !error.text("advice").contains("medium"))
    }

    @Test("What is no empty medium is not made one") func refused() throws {
        let desk = try #require(try MediumDesk(label: nil))
        func refused(_ path: String, _ code: String, _ status: Int32, _ label: String = "B") throws {
            let error = try desk.media("init", path, "--label", label).mustBe(status).error()
            #expect(error.text("code") == code && !error.text("advice").isEmpty)
        }
        try ChildProcess.shell("echo theirs > thesis.txt", directory: desk.path)
        try refused(desk.path, "medium-foreign", 1)
        #expect(try desk.objects == ["thesis.txt"])
        try ChildProcess.shell("rm thesis.txt", directory: desk.path)
        for label in ["", " A", "a;b", "a/b", String(repeating: "x", count: 65)] {
            try refused(desk.path, "usage", 2, label)
        }
        try refused(desk.path + "/none", "medium-missing", 10)
        try refused(desk.place.repository, "medium-foreign", 1)
        try refused(try desk.place.scratch.folder("same-disk"), "target-unusable", 1)
        try desk.media("init", desk.path, "--label", "A").mustBe(0)
        try refused(desk.path, "medium-foreign", 1)
        // Of another repository, also for everything else.
        let other = try stranger(desk)
        let copied = try desk.media("copy", other.path).mustBe(1).error()
        #expect(copied.text("code") == "medium-foreign")
        try refused(other.path, "medium-foreign", 1)
        let repaired = try desk.media("repair", other.path, "--repository", desk.place.repository).mustBe(1).error()
        #expect(repaired.text("code") == "medium-foreign")
        #expect(try FileStatus.files(below: other.path).allSatisfy { $0.hasPrefix(".safehold-medium/journal") })
        let taken = try desk.media("init", desk.path, "--label", "A").mustBe(1).error()
        #expect(taken.text("code") == "medium-foreign")
    }

    /// A medium of another repository.
    private func stranger(_ desk: MediumDesk) throws -> Mount {
        let repository = desk.place.scratch.path + "/other"
        let environment = ["SAFEHOLD_HOME": desk.place.scratch.path + "/other-home", "SAFEHOLD_REPOSITORY": repository]
        try ChildProcess.run(
            [program, "init", "--passphrase-file", desk.place.passphraseFile], environment: environment
        ).mustBe(0)
        let mount = try Mount(at: try desk.place.scratch.folder("other-medium"), size: "8m")
        try ChildProcess.run([program, "media", "init", mount.path, "--label", "O"], environment: environment).mustBe(0)
        return mount
    }
}
