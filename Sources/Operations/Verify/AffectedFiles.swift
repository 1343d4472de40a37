import Primitives
import RepositoryEngine
import Sealing

/// Finds the files of each snapshot that need a lost chunk. Parts of a listing that several snapshots share are searched once.
final class AffectedFiles {
    /// Which findings harm the snapshots that hold a node or block.
    private var harmed: [ChunkID: Set<Int>] = [:]
    private let lost: [ChunkID: Int]
    private let ledger: VerifyLedger
    private var listing: ListingReader
    private var contents: ListingReader
    private var probe: ChunkReader

    init(
        lost: [ChunkID: Int], listing: consuming ListingReader, contents: consuming ListingReader,
        probe: consuming ChunkReader,
        ledger: VerifyLedger
    ) {
        self.lost = lost
        self.ledger = ledger
        self.listing = listing
        self.contents = contents
        self.probe = probe
    }

    func run(_ snapshot: Digest32, root: ChunkID) throws {
        for finding in try node(root, entries: 0) {
            ledger.state.withLock { state in
                if !state.report.findings[finding].snapshots.contains(snapshot) {
                    state.report.findings[finding].snapshots.append(snapshot)
                }
            }
        }
    }

    private func node(_ id: ChunkID, entries: UInt64) throws -> Set<Int> {
        if let known = harmed[id] { return known }
        try ledger.checkpoint()
        var findings: Set<Int> = []
        do {
            let node = try listing.node(id)
            for child in node.children {
                findings.formUnion(node.level > 0 ? try self.node(child.id, entries: child.records) : try block(child))
                if let twin = lost[child.twin] { findings.insert(twin) }
            }
        } catch let failure as Failure where failure.code.class == .integrity {
            findings.insert(lose(id, entries: entries, failure))
        }
        harmed[id] = findings
        return findings
    }

    /// A part of the listing itself is gone, and with it the names of its entries.
    private func lose(_ id: ChunkID, entries: UInt64, _ failure: Failure) -> Int {
        let finding = lost[id] ?? ledger.add("Listing \(id.hex.prefix(16))", failure.message)
        ledger.state.withLock { $0.report.findings[finding].lostEntries += entries }
        return finding
    }

    private func block(_ reference: ListingReference) throws -> Set<Int> {
        if let known = harmed[reference.id] { return known }
        try ledger.checkpoint()
        var findings: Set<Int> = []
        do {
            var block = try listing.block(reference.id)
            var record = ListingRecord()
            while try block.next(&record) {
                guard record.kind == .file, let finding = try finding(of: record) else { continue }
                findings.insert(finding)
                ledger.harm(finding, record.path)
            }
        } catch let failure as Failure where failure.code.class == .integrity {
            findings.insert(lose(reference.id, entries: reference.records, failure))
        } catch let error as EncodingError {
            findings.insert(
                lose(
                    reference.id, entries: reference.records,
                    Failure.damaged("Listing block \(reference.id.hex.prefix(16))", error.problem)))
        }
        harmed[reference.id] = findings
        return findings
    }

    /// The finding that harms a file, if one does.
    func finding(of record: ListingRecord) throws -> Int? {
        for slice in record.slices {
            if let finding = lost[slice.id] { return finding }
        }
        guard record.flags.contains(.contentList) else { return nil }
        var found: Int?
        do {
            try contents.forEachSlice(of: record) { slice in found = found ?? lost[slice.id] }
            // What its pieces lean on is named behind them.
            for twin in record.listTwins where found == nil {
                let bytes = try probe.read(twin, .referenceBlock) { Array($0) }
                found = try? ReferenceEncoding.decodeBlock(bytes).lazy.compactMap { self.lost[$0.id] }.first
            }
        } catch let failure as Failure where failure.code.class == .integrity {
            return record.slices.lazy.compactMap { self.lost[$0.id] }.first
                ?? ledger.add("/\(String(decoding: record.path, as: UTF8.self))", failure.message)
        }
        return found
    }
}

extension VerifyLedger {
    func harm(_ finding: Int, _ path: [UInt8]) {
        state.withLock { state in
            state.report.findings[finding].fileCount += 1
            if state.report.findings[finding].files.count < VerifyFinding.keptFiles {
                state.report.findings[finding].files.append([0x2F] + path)
            }
        }
    }
}
