import Foundation
import Primitives
import RepositoryEngine
import Sealing
import Storage
import Testing

/// Who maintains a repository frees space and finds damage, and learns nothing of what is in it.
@Suite("A maintainer") struct MaintainerTests {
    private static let name = "strictly-private-marker-name"
    private static let content = "the content that the marker file has and nobody else\n"

    private struct Watched {
        var place: Place
        var key: String
        var first: String
        var second: String

        func visit(_ words: String...) throws -> Ended { try place.visit(words + ["--recipient-file", key]) }
    }

    /// Two snapshots, the first of which was dropped; the maintainer was added between them.
    private func watched() throws -> Watched {
        let place = try Place()
        try ChildProcess.shell(
            """
            mkdir "$1"; printf '%s' "$2" > "$1/$1"; for i in $(seq 8000); do printf '%s' "$2"; done > large
            head -c 700000 /dev/urandom > noise
            """, Self.name, Self.content, directory: place.source)
        let first = try place.backup().snapshot
        let key = try place.generateKey("maintainer")
        let added = try place.administer(
            "keys", "add", "--json", "--recipient", key + ".pub", "--role", "maintainer"
        ).mustBe(0).lines()
        #expect(added.map { [$0["opens"], $0["administers"], $0["maintains"], $0["epochs"]] } == [[0, 0, 1, 1]])
        try place.administer("keys", "new-epoch").mustBe(0)
        try ChildProcess.shell("head -c 700000 /dev/urandom > noise", directory: place.source)
        let second = try place.backup().snapshot
        return Watched(place: place, key: key, first: first, second: second)
    }

    @Test("collects what was dropped, copies the rest, and sees that every reference leads somewhere") func works()
        throws
    {
        let watched = try watched()
        let place = watched.place
        try place.administer("forget", "--snapshot", watched.first).mustBe(0)
        let planned = try watched.visit("collect", "--dry-run", "--json").mustBe(0).summary()
        let collected = try watched.visit("collect", "--json").mustBe(0).summary()
        #expect(collected["packs_removed"] > 0 && collected["packs_removed"] == planned["packs_removed"])
        let verified = try watched.visit("verify", "--read-data", "--json").mustBe(0).summary()
        #expect(verified["structure_only"] == 1 && verified["chunks"] > 3 && verified["findings"] == 0)
        #expect(try watched.visit("verify").mustBe(0).text.contains("were not looked at"))
        let copy = place.scratch.path + "/copy"
        try watched.place.visit("replicate", "--to", copy, "--create", "--prune").mustBe(0)
        let there = ["--repository", copy, "--recipient-file", watched.key]
        try place.visit(["verify"] + there).mustBe(0)
        try watched.visit("repair", "index").mustBe(0)
        try Comparison.expectSame(place.source, try place.restored())
    }

    @Test("finds a pack that is gone, and says which snapshot it was of") func damage() throws {
        let watched = try watched()
        try ChildProcess.shell(
            "rm \"$(ls -S packs/*/* | head -1)\"; rm -r index", directory: watched.place.repository)
        let lines = try watched.visit("verify", "--json").mustBe(11).lines()
        let named = Set(lines.map { $0.text("snapshot") })
        #expect(named.contains(watched.first) || named.contains(watched.second))
        #expect(lines.contains { $0.text("message").contains("in no pack") })
    }

    @Test(
        "is refused whatever shows content or names, by a clear word",
        arguments: [
            ["restore", "latest", "--target", "/nowhere"], ["ls", "latest"], ["find", "*"],
            ["diff", "latest", "latest"], ["stats"], ["snapshots", "--component", "x"],
            ["forget", "--keep-last", "1", "--dry-run"], ["forget", "--keep-last", "1"], ["keys", "new-epoch"],
        ])
    func refused(words: [String]) throws {
        let watched = try watched()
        let ended = try watched.place.visit(words + ["--json", "--recipient-file", watched.key])
        let error = try ended.mustBe(12).error()
        #expect(error.text("code") == "key-denied" && !error.text("advice").isEmpty)
        #expect(error.text("message").contains("collect"), "\(error.text("message"))")
    }

    @Test("is refused a file's content, and gets not a byte of it") func file() throws {
        let watched = try watched()
        let ended = try watched.visit("cat", "latest", watched.place.source + "/large").mustBe(12)
        #expect(ended.text.isEmpty && ended.errorText.contains("maintainer"))
    }

    @Test("sees of snapshots what anybody sees") func list() throws {
        let watched = try watched()
        let lines = try watched.visit("snapshots", "--json").mustBe(0).lines()
        #expect(lines.map { $0.text("id") } == [watched.first, watched.second])
        #expect(lines.allSatisfy { $0.fields["component"] == nil && $0.fields["paths"] == nil })
        let text = try watched.place.visit("keys").mustBe(0).text
        #expect(text.contains("maintain"))
    }

    @Test("opens with its key no byte of content, no name, and nothing that chunks are named by") func opens() throws {
        let watched = try watched()
        let place = watched.place
        let store = DirectoryStore(root: place.repository)
        let repository = try Repository.open(store)
        let opener = try repository.unlock(try credential(watched.key))
        let full = try repository.unlock(try credential(place.keyFile))
        #expect(opener.opensStructureOnly && !full.opensStructureOnly)
        for domain in repository.keyring.epochs.keys { #expect(opener.identity(of: domain) == nil) }
        let headers = try sealHeaders(store)
        #expect(headers.count >= 7)
        for header in headers {
            #expect(throws: Failure.self) { _ = try opener.keys(for: header, needing: .data) }
            #expect(throws: Never.self) { _ = try opener.keys(for: header, needing: .structure) }
        }
        let plaintexts = try slots(watched, repository) + opened(store, opener)
        #expect(plaintexts.count > 10)
        let digest = SHA256Digest.of(Self.content.bytes)
        for marker in [
            Self.name.bytes, Array(Self.content.bytes.prefix(20)), "large".bytes, "noise".bytes,
            Array(place.source.utf8), digest.bytes,
        ] {
            #expect(!plaintexts.contains { Data($0).range(of: Data(marker)) != nil })
        }
        // The search would find what is there: the root of a listing is named by its keyed hash.
        let root = try #require(
            SnapshotCatalog(repository: repository).committed.first?.record.roots(opener: full).listing)
        #expect(plaintexts.contains { Data($0).range(of: Data(root.bytes)) != nil })
    }

    private func credential(_ file: String) throws -> Credential {
        .recipientKey(
            try RecipientKeyFile.privateKey(in: try String(contentsOfFile: file, encoding: .utf8), file: file))
    }

    /// What is sealed to the maintainer, opened: 32 bytes an epoch, which are the structure seed and nothing else.
    private func slots(_ watched: Watched, _ repository: Repository) throws -> [[UInt8]] {
        let text = try String(contentsOfFile: watched.key, encoding: .utf8)
        let key = try RecipientKeyFile.privateKey(in: text, file: watched.key)
        var found: [[UInt8]] = []
        for (domain, bundles) in repository.keyring.epochs {
            for bundle in bundles {
                for name in try repository.store.names(below: Names.slots(domain, bundle.epoch)) {
                    let slot = try Slot(decoding: try repository.store.readAll(name, limit: 1 << 16))
                    let info = Slot.info(
                        slot.purpose, repository: repository.id, domain: domain, epoch: bundle.epoch,
                        recipient: slot.recipient)
                    guard let secret = try? key.open(slot.sealed, info: info) else { continue }
                    found.append(secret.withUnsafeBytes { Array($0) })
                    #expect(secret.count == 32)
                    #expect(try Encapsulation.PrivateKey(seed: secret).publicKey == bundle.structureKey)
                }
            }
        }
        #expect(found.count == 2, "one for each epoch")
        return found
    }

    /// All that the key opens: footers, pages, references and the structure part of snapshots.
    private func opened(_ store: DirectoryStore, _ opener: SealOpener) throws -> [[UInt8]] {
        var found: [[UInt8]] = []
        for (folder, kind) in [("packs", PackClass.data), ("meta", .metadata)] {
            for name in try store.names(below: folder) {
                let digest = try #require(Digest32(hex: name.lastComponent))
                let pack = try PackReader.open(digest, kind, store: store, opener: opener, needing: [.structure])
                #expect(pack.keys.data == nil)
                var decoder = BlobDecoder()
                for entry in try pack.footer(store: store).entries {
                    found.append(entry.id.bytes)
                    let sealed = try store.readRange(name, at: Int64(entry.offset), count: Int(entry.storedCount))
                    let seal = BlobDecoder.Seal(keys: pack.keys, offset: UInt64(entry.offset))
                    let plaintext = try? sealed.withUnsafeBytes {
                        try decoder.open($0, seal: seal, type: entry.type, id: entry.id) { Array($0) }
                    }
                    #expect((plaintext != nil) == entry.type.isStructure, "\(entry.type)")
                    if let plaintext { found.append(plaintext) }
                    #expect(forced(sealed, entry, pack) == nil || entry.type.isStructure)
                }
            }
        }
        return found
    }

    /// With the structure key in the place of the data key.
    private func forced(_ sealed: [UInt8], _ entry: Footer.Entry, _ pack: PackReader) -> [UInt8]? {
        var decoder = BlobDecoder()
        let keys = ObjectKeys(object: pack.keys.object, data: pack.keys.structure, structure: pack.keys.structure)
        return try? sealed.withUnsafeBytes {
            try decoder.open(
                $0, seal: BlobDecoder.Seal(keys: keys, offset: UInt64(entry.offset)), type: entry.type, id: entry.id
            ) { Array($0) }
        }
    }

    @Test("is told so by the stranger's reader", .enabled(if: Restorer.isAvailable, Restorer.reason)) func stranger()
        throws
    {
        let watched = try watched()
        let ended = try ChildProcess.run(
            [
                try #require(Restorer.python), packageRoot.appending(path: "tools/restorer/restore.py").path,
                "--recipient-file", watched.key, watched.place.repository, "--list",
            ])
        #expect(try ended.mustBe(12).errorText.contains("maintainer"))
        try Restorer.restore(
            watched.place, watched.second, to: watched.place.scratch.path + "/by-stranger"
        ).mustBe(0)
    }

    @Test("does not count as one who can open when somebody is removed") func last() throws {
        let watched = try watched()
        let other = try #require(
            try watched.place.keyLines("key-file").first { $0["opens"] == 1 })
        try watched.place.administer("keys", "remove", other.text("id")).mustBe(0)
        #expect(
            try watched.place.administer("keys", "remove", "owner", "--json").mustBe(2).error().text("message")
                .contains("last one who can open"))
    }
}
