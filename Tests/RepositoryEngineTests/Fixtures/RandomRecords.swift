import Primitives
import RepositoryEngine
import Sealing
import TestSupport

/// Records as no file system would have them all at once: every kind, every flag, odd names, extreme numbers.
enum RandomRecords {
    static func list(_ count: Int, using random: inout SeededGenerator) -> [ListingRecord] {
        let chunks = (0..<max(4, count / 4)).map { _ in digest(&random) }
        var paths: Set<[UInt8]> = [[]]
        var directories: [[UInt8]] = [[]]
        while paths.count < count {
            let parent = directories[Int.random(in: 0..<directories.count, using: &random)]
            let path = (parent.isEmpty ? [] : parent + [0x2F]) + name(&random)
            paths.insert(path)
            if random.next() % 5 == 0 { directories.append(path) }
        }
        let isDirectory = Set(directories)
        return paths.sorted { PathOrder.compare($0, $1) < 0 }.map { path in
            record(path, isDirectory.contains(path) ? .directory : nil, chunks, &random)
        }
    }

    static func digest(_ random: inout SeededGenerator) -> Digest32 {
        Digest32(a: random.next(), b: random.next(), c: random.next(), d: random.next())
    }

    private static func name(_ random: inout SeededGenerator) -> [UInt8] {
        let count = random.next() % 20 == 0 ? 255 : Int(random.next() % 12) + 1
        return random.bytes(count).map { $0 == 0 || $0 == 0x2F ? 0x61 : $0 }
    }

    /// Mostly small, now and then at a border.
    static func number(_ random: inout SeededGenerator) -> UInt64 {
        switch random.next() % 10 {
        case 0: .max
        case 1: 0
        case 2: 1 << 63
        case 3: random.next()
        default: random.next() % 1000
        }
    }

    static func record(
        _ path: [UInt8], _ kind: EntryKind?, _ chunks: [ChunkID], _ random: inout SeededGenerator
    ) -> ListingRecord {
        var record = ListingRecord()
        record.path = path
        record.kind = kind ?? EntryKind(rawValue: UInt8(random.next() % 6) + 2) ?? .file
        record.mode = UInt32(random.next() & 0o7777)
        record.uid = UInt32(truncatingIfNeeded: number(&random))
        record.gid = UInt32(random.next() % 3)
        record.mtime = time(&random)
        record.ctime = time(&random)
        record.inode = number(&random)
        record.device = number(&random)
        for flag in [EntryFlags.changedWhileRead, .ancestor, .unreadable] where random.next() % 8 == 0 {
            record.flags.insert(flag)
        }
        if random.next() % 4 == 0 {
            record.flags.insert(.hardLinked)
            record.linkCount = number(&random)
        }
        if random.next() % 4 == 0 {
            record.flags.insert(.inodeFlags)
            record.inodeFlags = number(&random)
        }
        if random.next() % 4 == 0 {
            record.flags.insert(.extendedAttributes)
            for _ in 0..<random.next() % 4 {
                record.attributes.append(
                    ExtendedAttribute(name: name(&random), value: random.bytes(Int(random.next() % 40))))
            }
        }
        fill(&record, chunks, &random)
        return record
    }

    private static func time(_ random: inout SeededGenerator) -> FileTime {
        FileTime(seconds: Int64(bitPattern: number(&random)), nanoseconds: UInt32(random.next() % 1_000_000_000))
    }

    private static func fill(_ record: inout ListingRecord, _ chunks: [ChunkID], _ random: inout SeededGenerator) {
        switch record.kind {
        case .file:
            record.size = number(&random)
            record.digest = digest(&random)
            let isListed = random.next() % 6 == 0
            // A type belongs to its id for good, as in real repositories.
            for _ in 0..<random.next() % 5 {
                let ordinal = Int(random.next() % UInt64(chunks.count / 2))
                let type: ChunkType = isListed ? .contentList : ordinal.isMultiple(of: 2) ? .data : .bundle
                let id = isListed ? chunks[ordinal].turned(.contentList) : chunks[ordinal]
                record.slices.append(
                    Slice(
                        type: type, id: id, offset: UInt32(random.next() % (16 << 20)),
                        count: UInt32(random.next() % (16 << 20))))
            }
            if isListed {
                record.flags.insert(.contentList)
                record.listTwins = record.slices.map { $0.id.turned(.referenceBlock) }
            }
            if random.next() % 5 == 0 {
                record.flags.insert(.holes)
                var end: UInt64 = 0
                while end < record.size, record.extents.count < 5 {
                    let offset = end + random.next() % (record.size - end)
                    let count = random.next() % (record.size - offset) + 1
                    record.extents.append(Extent(offset: offset, count: count))
                    end = offset + count
                }
            }
        case .symbolicLink: record.target = random.bytes(Int(random.next() % 300))
        case .characterDevice, .blockDevice:
            record.deviceMajor = UInt32(truncatingIfNeeded: number(&random))
            record.deviceMinor = UInt32(truncatingIfNeeded: number(&random))
        case .directory, .fifo, .socket: break
        }
    }
}

extension Digest32 {
    /// Another id, one for each type.
    fileprivate func turned(_ type: ChunkType) -> Digest32 { Digest32(a: a, b: b, c: c, d: UInt64(type.rawValue)) }
}
