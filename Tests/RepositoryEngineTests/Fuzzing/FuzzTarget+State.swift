import Capture
import Foundation
import Primitives
import Sealing
import TestSupport

@testable import RepositoryEngine

extension FuzzTarget {
    static let state: [FuzzTarget] = [
        FuzzTarget(
            "journal line",
            seeds: {
                let entry = Footer.Entry(id: .zero, type: .bundle, offset: 1, storedCount: 2, plaintextCount: 3)
                let pack = FinishedPack(name: .zero, kind: .data, size: 9, entries: [entry, entry])
                let file = SessionJournal.BundleLine.File(content: Prefix16(high: 1, low: 2), count: 2)
                return [
                    SessionJournal.encode(.pack(pack)),
                    SessionJournal.encode(.bundle(SessionJournal.BundleLine(bundle: .zero, files: [file, file]))),
                    SessionJournal.encode(.run(name: .zero, size: 5, packs: [.zero, .zero])),
                ]
            }
        ) { bytes in
            switch try SessionJournal.decode(bytes) {
            case .pack(let pack): pack.entries.count * MemoryLayout<Footer.Entry>.stride
            case .bundle(let line): line.files.count * MemoryLayout<SessionJournal.BundleLine.File>.stride
            case .run(_, _, let packs): packs.count * 32
            }
        },
        FuzzTarget(
            "sealed file", weight: 1,
            seeds: {
                let file = try fuzzFile()
                let writer = try SealedFile.Writer(path: file.path, cacheKey: fuzzKey)
                for count in [0, 10, 100] { try writer.append([UInt8](repeating: 1, count: count)) }
                try writer.finish(tail: [1, 2, 3])
                return [Array(try Data(contentsOf: URL(filePath: file.path)))]
            }
        ) { bytes in
            let file = try fuzzFile()
            try Data(bytes).write(to: URL(filePath: file.path))
            guard let reader = SealedFile.Reader(path: file.path, cacheKey: fuzzKey) else { return 0 }
            var held = reader.tail()?.count ?? 0
            while let record = reader.next() { held += record.count + 32 }
            return held
        },
        FuzzTarget(
            "known content", weight: 1,
            seeds: {
                var head = ByteWriter()
                for count in [3, 2, 1] { head.varint(count) }
                head.digest(.zero)
                head.u64(5)
                return [head.bytes]
            }
        ) { bytes in
            let file = try fuzzFile()
            let writer = try SealedFile.Writer(path: file.path, cacheKey: fuzzKey)
            try writer.append(bytes)
            try writer.append([])
            try writer.append([])
            try writer.flush()
            guard let reader = SealedFile.Reader(path: file.path, cacheKey: fuzzKey),
                let saved = KnownContent.Saved(reader: reader)
            else { return 0 }
            // Whatever it says of its size, nothing is there to be read.
            _ = try saved.load(folder: file.folder.path)
            return saved.packs.count * 48
        },
        FuzzTarget(
            "exclusion patterns",
            seeds: {
                ["*.o", "/build/**/x[!a-z]?", "!keep/", "a\\ b\\*", "**/foo/**", "[[:alpha:]]*", "# no", "a/**/b/**/c"]
                    .map { Array($0.utf8) }
            }
        ) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            do {
                let patterns = try ExclusionPatterns(
                    lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
                let paths: [[UInt8]] = [
                    bytes, Array("build/a/b/c/xyq.o".utf8), Array("keep".utf8), [0xFF, 0x2F, 0xFE],
                ]
                for path in paths {
                    _ = path.read { patterns.excludes(path: $0, isDirectory: path.count.isMultiple(of: 2)) }
                }
            } catch let failure as Failure where failure.code == .usage {
                // A pattern that can never match is a usage error, and said to be one.
            }
            return 0
        },
    ]

    private static var fuzzKey: SecretBytes { SecretBytes(count: 32) { $0[0] = 1 } }

    /// A file name of its own for each input; the folder goes with it.
    private static func fuzzFile() throws -> (path: String, folder: TemporaryFolder) {
        let folder = try TemporaryFolder()
        return (folder.path + "/file", folder)
    }
}
