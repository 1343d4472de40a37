import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

@Suite struct ListingWriterTests {
    private let bench: ListingBench
    private var random = SeededGenerator(seed: 7)

    init() throws { bench = try ListingBench() }

    /// Plain files in directories: many records, quickly made.
    private func tree(_ count: Int) -> [ListingRecord] {
        (0..<count).map { number in
            var record = ListingRecord()
            let (directory, file) = (String(1_000 + number / 100), String(1_000 + number % 100))
            record.path = Array((number % 100 == 0 ? "d\(directory)" : "d\(directory)/f\(file)").utf8)
            record.kind = number % 100 == 0 ? .directory : .file
            record.inode = UInt64(number)
            record.mtime = FileTime(seconds: Int64(number % 977), nanoseconds: 5)
            if record.kind == .file {
                record.size = 10
                record.slices = [
                    Slice(
                        type: .bundle, id: Digest32(a: 1, b: 2, c: 3, d: UInt64(number / 50)),
                        offset: UInt32(number % 50), count: 10)
                ]
            }
            return record
        }
    }

    @Test(arguments: [0, 1, 2, 511, 3_000]) mutating func aListingIsReadBackAsItWasWritten(_ count: Int) throws {
        let records = count == 0 ? [] : RandomRecords.list(count, using: &random)
        let written = try bench.write(records)
        #expect(try bench.records(written.root) == records)
        #expect(written.records == UInt64(count) && written.root.records == UInt64(count))
        #expect(written.root.files == UInt64(records.count { $0.kind == .file }))
        #expect(
            written.root.firstPath == records.first?.path ?? [] && written.root.lastPath == records.last?.path ?? [])
        #expect(written.root.bytes == records.reduce(0) { $0 &+ $1.size })
    }

    /// Enough blocks for two levels of nodes.
    @Test func aHighTreeIsReadBack() throws {
        let value = [UInt8](repeating: 7, count: 60_000)
        let records = tree(Soak.count(9_000, full: 60_000)).map { record in
            var long = record
            long.attributes = [ExtendedAttribute(name: [1], value: value)]
            long.flags = .extendedAttributes
            return long
        }
        let written = try bench.write(records)
        var reader = try bench.reader()
        let level = try reader.node(written.root.id).level
        #expect(level >= 1)
        var index = 0
        var isEqual = true
        try reader.forEachRecord(below: written.root.id) { record, _ in
            isEqual = isEqual && record == records[index]
            index += 1
            return true
        }
        #expect(index == records.count && isEqual)
        #expect(written.newBlocks > 64 && written.root.records == UInt64(records.count))
    }

    @Test func theSameRecordsGiveTheSameListing() throws {
        let records = tree(20_000)
        let first = try bench.write(records)
        let second = try bench.write(records)
        #expect(first.root == second.root)
        #expect(second.chunksStored == second.newBlocks, "a twin or a node that is the same was stored twice")
        let third = try bench.write(records, after: first)
        #expect(third.root == first.root && third.records == first.records)
        #expect(third.newBlocks == 0 && third.reusedBlocks == first.newBlocks && third.chunksStored == 0)
    }

    @Test func aChangeDisturbsItsNeighbourhoodOnly() throws {
        let records = tree(40_000)
        let first = try bench.write(records)
        for change in 0..<5 {
            var changed = records
            switch change {
            case 0: changed[20_000].mtime.seconds += 1
            case 1: changed.remove(at: 20_001)
            case 2: changed.insert(record("d1200/f1050.new"), at: 20_051)
            case 3: changed.removeLast()
            default: changed.insert(record("a"), at: 0)
            }
            let second = try bench.write(changed, after: first)
            #expect(second.newBlocks <= 3, "change \(change): \(second.newBlocks) of \(first.newBlocks) blocks are new")
            #expect(second.reusedBlocks >= first.newBlocks - 3)
            #expect(try bench.records(second.root) == changed)
            #expect(
                try bench.blocks(bench.write(changed).root) == bench.blocks(second.root),
                "change \(change): the way to a listing shows in its blocks")
        }
    }

    private func record(_ path: String) -> ListingRecord {
        var record = ListingRecord()
        record.path = Array(path.utf8)
        return record
    }

    @Test func growingAndShrinkingAtTheEndIsLikeWritingAnew() throws {
        let records = tree(8_000)
        var last = try bench.write(Array(records[..<3_000]))
        for count in [3_001, 3_500, 3_499, 8_000, 100, 0, 1, 5_000] {
            let some = Array(records[..<count])
            last = try bench.write(some, after: last)
            #expect(try bench.records(last.root) == some)
            #expect(try bench.blocks(bench.write(some).root) == bench.blocks(last.root), "\(count) records")
        }
    }

    /// Listing after listing, each changed at random: what is read back is what was written, however it was taken over.
    @Test mutating func randomChangesInALongRow() throws {
        var records = RandomRecords.list(2_500, using: &random)
        var last = try bench.write(records)
        for round in 0..<Soak.count(12, full: 500) {
            for _ in 0..<random.next() % 6 {
                let index = Int(random.next() % UInt64(records.count))
                switch random.next() % 3 {
                case 0: records.remove(at: index)
                case 1: records[index].ctime.nanoseconds = UInt32(random.next() % 1_000_000_000)
                default:
                    let stretch = min(records.count - index, Int(random.next() % 700))
                    records.removeSubrange(index..<index + stretch)
                }
            }
            if records.count < 1_200 { records = RandomRecords.list(2_500, using: &random) }
            let next = try bench.write(records, after: last)
            #expect(try bench.records(next.root) == records, "round \(round)")
            #expect(try bench.blocks(bench.write(records).root) == bench.blocks(next.root), "round \(round)")
            #expect(next.records == UInt64(records.count))
            last = next
        }
    }

    /// Twins name, for who may not read the listing, every chunk that it leads to.
    @Test func twinsNameEveryChunk() throws {
        let records = tree(30_000)
        let written = try bench.write(records)
        var reader = try bench.world.reader(
            of: bench.world.store.names(below: Names.index(bench.world.domain)).compactMap {
                Digest32(hex: $0.lastComponent)
            })
        var named: Set<ChunkID> = []
        var open = [written.root.twin]
        while let id = open.popLast() {
            let node = try ReferenceEncoding.decodeNode(try reader.bytes(id, .referenceNode))
            for child in node.children {
                if node.level > 0 {
                    open.append(child.twin)
                } else {
                    named.formUnion(
                        try ReferenceEncoding.decodeBlock(try reader.bytes(child.twin, .referenceBlock)).map(\.id))
                }
            }
        }
        #expect(named == Set(records.flatMap { $0.slices.map(\.id) }))
    }
}

@Suite struct ListingReaderTests {
    private func bench(_ count: Int) throws -> (ListingBench, ListingBench.Written, [ListingRecord]) {
        let bench = try ListingBench()
        let records = (0..<count).map { number in
            var record = ListingRecord()
            record.path = Array("f\(100_000 + number)".utf8)
            return record
        }
        return (bench, try bench.write(records), records)
    }

    @Test func partsThatAreNotWantedAreNotRead() throws {
        let (bench, written, records) = try bench(20_000)
        var reader = try bench.reader()
        var seen: [[UInt8]] = []
        var blocks = 0
        let path = records[12_345].path
        try reader.forEachRecord(below: written.root.id, where: { $0.mayHold(path) }) { record, block in
            if seen.isEmpty { blocks += 1 }
            seen.append(record.path)
            return true
        }
        #expect(seen.contains(path) && seen.count < 9_000)
    }

    @Test func whoHasEnoughMayStop() throws {
        let (bench, written, _) = try bench(3_000)
        var reader = try bench.reader()
        var count = 0
        try reader.forEachRecord(below: written.root.id) { _, _ in
            count += 1
            return count < 10
        }
        #expect(count == 10)
    }

    @Test func aDamagedBlockIsReportedAndPassedOver() throws {
        let (bench, written, records) = try bench(2_000)
        var reader = try bench.reader()
        let blocks = try reader.node(written.root.id).children
        #expect(blocks.count > 3)
        // Overwrites the second block where it lies.
        for name in try bench.world.store.names(below: "meta") {
            let pack = try PackReader.open(
                try #require(Digest32(hex: name.lastComponent)), .metadata, store: bench.world.store,
                opener: bench.world.opener)
            for entry in try pack.footer(store: bench.world.store).entries where entry.id == blocks[1].id {
                try bench.world.store.damage(name, at: Int(entry.offset) + 3, with: [1, 2, 3, 4])
            }
        }
        var damaged: [ListingReference] = []
        var seen = 0
        try reader.forEachRecord(
            below: written.root.id,
            damaged: { reference, failure in
                damaged.append(reference)
                #expect(failure.code == .objectDamaged)
            }
        ) { _, _ in
            seen += 1
            return true
        }
        #expect(damaged == [blocks[1]] && seen == records.count - Int(blocks[1].records))
        #expect(failureCode { try reader.forEachRecord(below: written.root.id) { _, _ in true } } == .objectDamaged)
    }

    /// What goes wrong with a file while the listing is read is not damage of the listing.
    @Test func errorsOfWhoReadsPassThrough() throws {
        let (bench, written, _) = try bench(3_000)
        var reader = try bench.reader()
        var reported = 0
        let code = failureCode {
            try reader.forEachRecord(below: written.root.id, damaged: { _, _ in reported += 1 }) { record, _ in
                throw Failure.damaged("some file", "is not there")
            }
        }
        #expect(code == .objectDamaged && reported == 0)
    }

    @Test func contentListsOfManySlicesAreRead() throws {
        var random = SeededGenerator(seed: 5)
        let world = try SealedWorld()
        let slices = (0..<20_000).map {
            Slice(type: .data, id: RandomRecords.digest(&random), offset: UInt32($0), count: 7)
        }
        let list = ContentList.encode(slices)
        let writer = try PackWriter(kind: .metadata, session: world.session, store: world.store)
        var record = ListingRecord()
        record.flags = .contentList
        // Borders in the middle of entries, as the format allows.
        for start in stride(from: 0, to: list.count, by: 100_001) {
            let part = Array(list[start..<min(list.count, start + 100_001)])
            try writer.append(part, .contentList, id: world.id(part, .contentList))
            record.slices.append(
                Slice(type: .contentList, id: world.id(part, .contentList), offset: 0, count: UInt32(part.count)))
        }
        var reader = ListingReader(chunks: try world.reader(of: [try writer.finish(in: world.store)]))
        #expect(try reader.content(of: record) == slices)
        record.slices[0].count -= 1
        #expect(failureCode { _ = try reader.content(of: record) } == .objectDamaged)
        record.slices[0].count += 2
        #expect(failureCode { _ = try reader.content(of: record) } == .objectDamaged)
    }
}
