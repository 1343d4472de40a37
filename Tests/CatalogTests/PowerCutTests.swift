import Foundation
import Glibc
import Primitives
import TestSupport
import Testing

@testable import Catalog

/// What a disk may be left with when the power goes while a commit is written: of what was not synced any sector may be the new one, an old
/// one, or anything. Each commit before that one was synced, so it has to be there.
@Suite("A catalog after a power cut") struct PowerCutTests {
    private static let sector = 512

    private func bytes(_ path: String) throws -> [UInt8] { try LocalFile.read(path, limit: 1 << 30) ?? [] }

    private func run(_ number: Int64) -> RunRecord {
        var run = RunRecord(
            job: "backup/docs/full", subject: "docs", mode: "full", due: Timestamp(nanoseconds: number),
            started: Timestamp(nanoseconds: number))
        run.failure = Failure(.storageFull, String(repeating: "The disk is full. ", count: 100), advice: "Free space.")
        return run
    }

    @Test("has every commit before the one that was cut off, and is whole", arguments: 0..<40) func cut(seed: Int)
        throws
    {
        var random = SeededGenerator(seed: UInt64(seed))
        let folder = try TemporaryFolder()
        let (path, torn) = (folder.path + "/catalog.sqlite", folder.path + "/torn.sqlite")
        let catalog = try CatalogDatabase(path: path)
        let before = Int64.random(in: 1...30, using: &random)
        for number in 0..<before { try catalog.add(run(number)) }
        let synced = try bytes(path + "-wal").count
        try catalog.add(run(before))
        try catalog.remember(["a": JobMemory()])
        var log = try bytes(path + "-wal")
        try #require(log.count > synced)
        log.removeLast(Int.random(in: 0...(log.count - synced), using: &random))
        for start in stride(from: synced, to: log.count, by: Self.sector) where Bool.random(using: &random) {
            let isZero = Bool.random(using: &random)
            for index in start..<min(start + Self.sector, log.count) {
                log[index] = isZero ? 0 : UInt8.random(in: .min ... .max, using: &random)
            }
        }
        try Data(try bytes(path)).write(to: URL(filePath: torn))
        try Data(log).write(to: URL(filePath: torn + "-wal"))

        let found = try CatalogDatabase(path: torn)
        try found.check()
        let numbers = try found.runs(limit: 100).compactMap { $0.due?.nanoseconds }.sorted()
        #expect(Array(numbers.prefix(Int(before))) == Array(0..<before))
        #expect(numbers.count <= before + 1)
        try found.add(run(99))
    }
}
