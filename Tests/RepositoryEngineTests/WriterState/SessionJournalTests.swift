import Foundation
import Primitives
import Sealing
import TestSupport
import Testing

@testable import RepositoryEngine

@Suite struct SessionJournalTests {
    private let folder: TemporaryFolder
    private static var key: SecretBytes { SecretBytes(count: 32) { $0[0] = 1 } }

    init() throws { folder = try TemporaryFolder() }

    private func lines() -> [SessionJournal.Line] {
        var random = SeededGenerator(seed: 1)
        let entries = ChunkType.allCases.map { type in
            Footer.Entry(id: RandomRecords.digest(&random), type: type, offset: .max, storedCount: 7, plaintextCount: 8)
        }
        let pack = FinishedPack(name: RandomRecords.digest(&random), kind: .metadata, size: .max, entries: entries)
        let files = (0..<5).map {
            SessionJournal.BundleLine.File(content: RandomRecords.digest(&random).prefix, count: UInt32($0))
        }
        let bundle = SessionJournal.BundleLine(bundle: RandomRecords.digest(&random), files: files)
        return [
            .pack(pack), .bundle(bundle), .run(name: pack.name, size: 5, packs: [pack.name, .zero]),
            .run(name: .zero, size: 0, packs: []),
        ]
    }

    private func abandoned() -> [(path: String, lines: [SessionJournal.Line])] {
        SessionJournal.abandoned(folder: folder.path, cacheKey: Self.key)
    }

    @Test func theLinesOfADeadSessionAreFound() throws {
        let session = SessionID.random()
        var journal: SessionJournal? = try SessionJournal(folder: folder.path, session: session, cacheKey: Self.key)
        try journal?.append(lines())
        #expect(abandoned().isEmpty, "a live session was taken for dead")
        journal = nil
        let found = abandoned()
        #expect(found.count == 1 && found[0].path.hasSuffix(session.hex))
        #expect(found[0].lines.map(SessionJournal.encode) == lines().map(SessionJournal.encode))
    }

    @Test func aTornLastLineIsLeftOut() throws {
        var journal: SessionJournal? = try SessionJournal(folder: folder.path, session: .random(), cacheKey: Self.key)
        try journal?.append(lines())
        let path = try #require(journal?.path)
        journal = nil
        let whole = try Data(contentsOf: URL(filePath: path))
        try whole.dropLast(1).write(to: URL(filePath: path))
        #expect(abandoned().first?.lines.count == 3)
        try Data().write(to: URL(filePath: path))
        #expect(abandoned().first?.lines.isEmpty == true, "an empty journal is a dead session all the same")
    }

    @Test func otherFilesAreNoJournals() throws {
        try Data([1]).write(to: URL(filePath: folder.path + "/readme"))
        try Data([1]).write(to: URL(filePath: folder.path + "/0123"))
        #expect(abandoned().isEmpty)
        #expect(SessionJournal.abandoned(folder: folder.path + "/none", cacheKey: Self.key).isEmpty)
    }

    @Test func aJournalThatIsRemovedIsGone() throws {
        let journal = try SessionJournal(folder: folder.path, session: .random(), cacheKey: Self.key)
        journal.remove()
        #expect(try folder.everything == [])
    }

    @Test func everyLineIsReadBackAndNoOther() throws {
        for line in lines() {
            let bytes = SessionJournal.encode(line)
            #expect(SessionJournal.encode(try SessionJournal.decode(bytes)) == bytes)
            for count in 0..<bytes.count {
                #expect(throws: EncodingError.self) { _ = try SessionJournal.decode(Array(bytes[..<count])) }
            }
            #expect(throws: EncodingError.self) { _ = try SessionJournal.decode(bytes + [0]) }
        }
        for kind in [UInt8(0), 4, 255] {
            var bytes = SessionJournal.encode(lines()[0])
            bytes[0] = kind
            #expect(throws: EncodingError.self) { _ = try SessionJournal.decode(bytes) }
        }
    }
}
