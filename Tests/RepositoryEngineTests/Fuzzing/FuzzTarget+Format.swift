import Chunking
import Primitives
import RepositoryEngine
import Sealing
import Storage

extension FuzzTarget {
    static let format: [FuzzTarget] = [
        FuzzTarget(
            "FORMAT",
            seeds: {
                let format = FormatFile(
                    repository: .random(), created: Timestamp(nanoseconds: 0), administrator: .zero,
                    specification: .zero, restorer: .zero)
                let text = String(decoding: format.encoded(), as: UTF8.self)
                return [format.encoded(), Array((text + "extra: \u{1F600}\n" + text.dropFirst(20)).utf8)]
            }
        ) { bytes in
            _ = try FormatFile(decoding: bytes)
            return 0
        },
        FuzzTarget(
            "fields", factor: 128,
            seeds: {
                var fields = Fields()
                fields[1] = []
                fields.set(2, integer: 5)
                fields.set(3, text: "text")
                fields.set(300, list: [[], [1], [2, 3]])
                return [fields.encoded(), []]
            }
        ) { bytes in
            let fields = try Fields(decoding: bytes)
            var held = 0
            for (tag, value) in fields.values {
                held += 64 + value.count
                _ = try? fields.integer(tag)
                _ = try? fields.integer32(tag)
                _ = try? fields.digest(tag)
                _ = try? fields.text(tag)
                held += (try? fields.list(tag).reduce(0) { $0 + 48 + $1.count }) ?? 0
            }
            if fields.encoded() != bytes { throw EncodingError("is read, but was not canonical") }
            return held
        },
        FuzzTarget(
            "signed record",
            seeds: {
                let key = try HybridSignature.PrivateKey.random()
                var fields = Fields()
                fields[1] = [1, 2, 3]
                return try SignedRecord.Kind.allCases.map {
                    try SignedRecord.encode($0, fields, repository: .zero, key: key)
                }
            }
        ) { bytes in
            var held = 0
            for kind in SignedRecord.Kind.allCases {
                if let record = try? SignedRecord(decoding: bytes, as: kind) { held += record.fields.values.count * 64 }
            }
            return held
        },
        FuzzTarget(
            "seal header",
            seeds: {
                let session = try SealedWorld().session
                return [PackClass.data, .snapshot].map { session.newObject($0).header.encoded() }
            }
        ) { bytes in
            let header = try SealHeader(decoding: bytes)
            return header.seals.reduce(0) { $0 + 64 + $1.sealed.count }
        },
        FuzzTarget("snapshot record", weight: 2, seeds: { [try snapshot().fields.encoded()] }) { bytes in
            let record = try SnapshotRecord(fields: Fields(decoding: bytes))
            _ = record.time.description + record.requiredUntil.description
            return record.sealedDescription.count + record.sealedStructure.count
        },
        FuzzTarget(
            "snapshot description", factor: 128,
            seeds: {
                var description = SnapshotDescription()
                description.paths = [[0x2F], Array("/home".utf8)]
                description.tags = ["a", "b"]
                return [description.fields.encoded()]
            }
        ) { bytes in
            let description = try SnapshotDescription(fields: Fields(decoding: bytes))
            _ = description.began.description + description.ended.description
            return description.paths.reduce(0) { $0 + 48 + $1.count }
                + (description.tags.count + description.exclusions.count) * 48
        },
        FuzzTarget(
            "step of a collection", factor: 128,
            seeds: {
                let objects = (0..<3).map { number in
                    SweepRecord.Object(
                        kind: number == 2 ? .indexRun : .data, digest: Digest32(a: UInt64(number), b: 1, c: 2, d: 3),
                        size: 77)
                }
                return SweepStep.allCases.map {
                    SweepRecord(4, $0, at: Timestamp(nanoseconds: 8), $0 == .begin ? [] : objects).encoded()
                }
            }
        ) { bytes in
            // Mutants would all end at the checksum: every input is tried with a right one as well.
            let body = Array(bytes.dropLast(min(32, bytes.count)))
            var held = 0
            for input in [bytes, body + SHA256Digest.of(body).bytes] {
                if let record = try? SweepRecord(decoding: input) {
                    held += record.objects.count * 96
                    _ = record.time.description + record.objects.map(\.name.path).joined()
                }
            }
            return held
        },
        FuzzTarget(
            "drop record",
            seeds: {
                let record = DropRecord(
                    writer: .random(), sequence: 3, snapshot: .zero, time: Timestamp(nanoseconds: 9), plan: .zero)
                return [record.fields(of: .zero).encoded()]
            }
        ) { bytes in
            let record = try DropRecord(fields: Fields(decoding: bytes))
            return record.name.path.utf8.count + record.time.description.utf8.count
        },
        FuzzTarget(
            "small texts",
            seeds: {
                [
                    Array("gear64-v1 min=65536 avg=262144 max=2097152".utf8), Array("2025-06-15T15:06:40Z".utf8),
                    Array(Hex.encode([UInt8](0..<32)).utf8),
                    Array(Hex.encode([UInt8](0..<16)).utf8),
                ]
            }
        ) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            _ = (
                ChunkerParameters(description: text), Timestamp(description: text), Digest32(hex: text),
                WriterID(hex: text)
            )
            return Hex.decode(text)?.count ?? 0
        },
    ]

    static func snapshot() throws -> SnapshotRecord {
        try SnapshotRecord(
            session: try SealedWorld().session, writer: .random(), sequence: 7, previous: .zero, mode: .full,
            time: Timestamp(nanoseconds: 5),
            sweepGeneration: 1, software: "test", description: SnapshotDescription(), referenceRoot: .zero)
    }
}
