import Foundation
import Primitives
import RepositoryEngine
import Sealing
import Storage
import Testing

/// A host that backs up holds nothing that opens what it wrote.
@Suite struct RolesByKeysTests {
    private static let name = "strictly-private-marker-name"
    private static let large = "large-marker-name"
    private static let content = "the content that the marker file has and nobody else\n"

    /// A host that saved marker files, lost them, and was backed up again; then all of it was copied.
    private func robbed() throws -> Place {
        let place = try Place()
        try ChildProcess.shell(
            """
            mkdir "secret $1" keep; printf '%s' "$3" > "secret $1/$1"; for i in $(seq 8000); do printf '%s' "$3"; done > "$2"
            for i in 1 2 3; do echo stays $i > keep/$i; done
            """, Self.name, Self.large, Self.content, directory: place.source)
        try place.backup()
        let before = try HostCopy(home: place.home)
        // The search finds what is there.
        #expect(before.holds(Self.name.bytes) && before.holds(Self.large.bytes))
        #expect(before.holds(try chunkName(Self.content.bytes, place)))
        try ChildProcess.shell("rm -r secret* \"$1\"", Self.large, directory: place.source)
        try place.backup()
        return place
    }

    private func identity(_ place: Place) throws -> WriterIdentity {
        let name = try #require(try FileStatus.files(below: place.home).first { $0.hasSuffix("/identity") })
        return try WriterIdentity(decoding: Array(try Data(contentsOf: URL(filePath: place.home + "/" + name))))
    }

    /// By what the host would recognise the content of a small file: half of its keyed hash.
    private func chunkName(_ content: [UInt8], _ place: Place) throws -> [UInt8] {
        let identity = try identity(place)
        return Array(identity.secrets.identity().id(of: .data, digest: SHA256Digest.of(content)).bytes.prefix(16))
    }

    @Test("Its state, decrypted, knows neither name nor content nor hash of a file that is gone") func state() throws {
        let place = try robbed()
        let copy = try HostCopy(home: place.home)
        #expect(copy.listedPaths.contains { $0.suffix(7).elementsEqual("/keep/1".utf8) })
        #expect(copy.recordsByFile.values.allSatisfy { $0 > 0 })
        for marker in [
            Self.name.bytes, Self.large.bytes, Array(Self.content.bytes.prefix(20)),
            try chunkName(Self.content.bytes, place),
        ] {
            #expect(!copy.holds(marker), "\(String(decoding: marker, as: UTF8.self))")
        }
    }

    @Test("Nor do the bytes of state and repository as they lie there") func bytes() throws {
        let place = try robbed()
        for folder in [place.home, place.repository] {
            for marker in [Self.name, Self.large, String(Self.content.prefix(20)), "keep/1"] {
                #expect(try ChildProcess.run(["grep", "-raqF", marker, folder]).status == 1, "\(marker)")
            }
        }
    }

    @Test("No 32 bytes of its state are a secret of an epoch or of a session") func keys() throws {
        let place = try robbed()
        let windows = try HostCopy(home: place.home).windows
        #expect(windows.count > 500)
        let store = DirectoryStore(root: place.repository)
        let repository = try Repository.open(store)
        let bundles = repository.keyring.epochs.values.joined()
        let headers = try sealHeaders(store)
        #expect(headers.count >= 7, "packs, index runs and snapshots of two backups")
        for window in windows {
            var bytes = window
            let seed = SecretBytes(consuming: &bytes)
            let publicKey = try Encapsulation.PrivateKey(seed: seed.copy()).publicKey
            #expect(!bundles.contains { $0.dataKey == publicKey || $0.structureKey == publicKey })
            #expect(!repository.keyring.recipients.contains { $0.publicKey == publicKey })
            for header in headers {
                for kind in [SealKind.data, .structure] {
                    let commitment = SessionSecret(seed.copy(), kind).objectKey(for: header.object).commitment
                    #expect(commitment != header.dataCommitment && commitment != header.structureCommitment)
                }
            }
        }
    }

    @Test("Without an epoch's secrets nothing opens; with them everything does") func opener() throws {
        let place = try robbed()
        let store = DirectoryStore(root: place.repository)
        let repository = try Repository.open(store)
        let closed = SealOpener(repository: repository.id)
        let text = try String(contentsOfFile: place.keyFile, encoding: .utf8)
        let open = try repository.unlock(.recipientKey(try RecipientKeyFile.privateKey(in: text, file: place.keyFile)))
        for header in try sealHeaders(store) {
            for kind in [SealKind.data, .structure] {
                let failure = #expect(throws: Failure.self) { _ = try closed.keys(for: header, needing: kind) }
                #expect(failure?.code == .keyDenied)
                #expect(throws: Never.self) { _ = try open.keys(for: header, needing: kind) }
            }
        }
    }

    @Test(
        "A backup needs no passphrase, everything that reads does",
        arguments: [
            ["restore", "latest", "--target", "/nowhere"], ["ls", "latest"], ["snapshots", "--component", "x"],
            ["find", "*"], ["diff", "latest", "latest"],
        ])
    func passphrase(words: [String]) throws {
        let place = try Place()
        try ChildProcess.shell("echo x > file", directory: place.source)
        try place.backup()
        let error = try ChildProcess.run([program, words[0], "--json"] + words.dropFirst(), environment: place.writing)
            .mustBe(12).error()
        #expect(error.text("code") == "passphrase-missing")
        #expect(error.text("advice").contains("--passphrase-file"))
    }
}
