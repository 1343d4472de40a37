import Primitives
import RepositoryEngine
import Sealing
import TestSupport

extension FuzzTarget {
    static let listings: [FuzzTarget] = [
        FuzzTarget(
            "listing block", weight: 12,
            seeds: {
                var random = SeededGenerator(seed: 12)
                return [1, 5, 30].map { count in
                    var encoder = ListingBlockEncoder()
                    for record in RandomRecords.list(count, using: &random) {
                        encoder.append(record) { isGroup, id in isGroup ? nil : "user\(id)" }
                    }
                    return encoder.finish()
                }
            }
        ) { bytes in
            var decoder = try ListingBlockDecoder(bytes)
            guard decoder.recordCount <= bytes.count else { return .max }
            var record = ListingRecord()
            var most = 0
            while try decoder.next(&record) { most = max(most, memory(record)) }
            return most + decoder.references.count * 40 + decoder.owners.count * 64
        },
        FuzzTarget(
            "listing node",
            seeds: {
                var random = SeededGenerator(seed: 13)
                return [0, 1, 5].map { node($0, &random).encoded() }
            }
        ) { bytes in
            try ListingNode(decoding: bytes).children.reduce(0) {
                $0 + MemoryLayout<ListingReference>.stride + 64 + $1.firstPath.count + $1.lastPath.count
            }
        },
        FuzzTarget(
            "reference block",
            seeds: {
                var random = SeededGenerator(seed: 14)
                return [
                    ReferenceEncoding.block(ChunkType.allCases.map { ($0, RandomRecords.digest(&random)) }),
                    ReferenceEncoding.block([]),
                ]
            }
        ) { try ReferenceEncoding.decodeBlock($0).count * 40 },
        FuzzTarget(
            "reference node",
            seeds: {
                var random = SeededGenerator(seed: 15)
                return [0, 5].map { ReferenceEncoding.node(node($0, &random)) }
            }
        ) { try ReferenceEncoding.decodeNode($0).children.count * 64 },
        FuzzTarget(
            "content list",
            seeds: {
                [ContentList.encode((0..<5).map { Slice(type: .data, id: .zero, offset: UInt32($0), count: 7) })]
            }
        ) { bytes in try bytes.read { try ContentList.decode($0).count * MemoryLayout<Slice>.stride } },
        FuzzTarget(
            "kept listing's head",
            seeds: {
                [
                    PreviousListing.Head(
                        sequence: 1, snapshot: .zero, root: .zero, rootTwin: .zero, records: 5, nodes: [.zero, .zero]
                    ).encoded()
                ]
            }
        ) { try PreviousListing.Head(decoding: $0).nodes.count * 32 },
        FuzzTarget(
            "kept listing's block",
            seeds: {
                var random = SeededGenerator(seed: 16)
                let compressor = Compressor(level: .standard)
                let reference = node(1, &random).children[0]
                return [[], [1, 2, 3], [UInt8](repeating: 5, count: 3_000)].map {
                    PreviousListing.Block(reference: reference, plaintext: $0).encoded(with: compressor)
                }
            }
        ) { bytes in
            let block = try PreviousListing.Block(decoding: bytes, with: Decompressor())
            return block.plaintext.count <= BlobFrame.maximumPlaintext ? 0 : .max
        },
    ]

    private static func node(_ count: Int, _ random: inout SeededGenerator) -> ListingNode {
        ListingNode(
            level: 1,
            children: (0..<count).map { number in
                ListingReference(
                    id: RandomRecords.digest(&random), twin: RandomRecords.digest(&random),
                    firstPath: random.bytes(number), lastPath: random.bytes(9),
                    records: 5, files: 4, bytes: random.next(), newestMtime: -1)
            })
    }

    private static func memory(_ record: ListingRecord) -> Int {
        record.path.count + record.target.count + record.slices.count * MemoryLayout<Slice>.stride + record.listTwins
            .count * 32
            + record.extents.count * 16 + record.attributes.reduce(0) { $0 + 96 + $1.name.count + $1.value.count }
    }
}
