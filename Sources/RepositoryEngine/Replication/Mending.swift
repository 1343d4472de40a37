import Primitives
import Sealing
import Storage

/// What a repair from a copy did.
package struct MendingReport: Sendable {
    package var checked: UInt64 = 0
    package var missing: [ObjectName] = []
    package var damaged: [ObjectName] = []
    package var broughtBack: [ObjectName] = []
    /// Where the damaged bytes are now.
    package var setAside: [ObjectName] = []
    /// What could not be brought back, and why.
    package var problems: [Failure] = []
    package init() {}
}

/// Brings objects back from a copy of the repository: those that are missing, and with all data read those whose bytes are not those of
/// their names. Nothing comes back unless it is right, and damaged bytes are kept below `damaged/`.
package struct Mending: Sendable {
    private let store: any ObjectStore
    private let copy: any ObjectStore
    private let checkpoint: @Sendable () throws -> Void
    package var readsData = false
    /// Known to be damaged: read whatever `readsData` says.
    package var named: Set<ObjectName> = []
    package var threads = 1
    package var pace: @Sendable (Int) -> Void = { _ in }
    package var expects: @Sendable (UInt64, UInt64) -> Void = { _, _ in }
    package var advances: @Sendable (UInt64) -> Void = { _ in }

    package init(
        _ store: any ObjectStore, from copy: any ObjectStore, checkpoint: @escaping @Sendable () throws -> Void = {}
    ) {
        (self.store, self.copy, self.checkpoint) = (store, copy, checkpoint)
    }

    package func run() throws -> MendingReport {
        let theirs = try SourceListing(copy)
        try bringBackFormat(theirs)
        var there: [ObjectName: Int64] = [:]
        for area in SourceListing.areas { try store.list(below: area) { there[$0] = $1 } }
        let sweeps = try Sweeps(store: store)
        let gone = sweeps.dead.union(sweeps.replacedRuns)
        let objects = (theirs.hashed + theirs.comparable).filter { object in
            // What a copy did not follow is its own affair.
            guard !object.name.path.hasPrefix(Names.unfollowed + "/") else { return false }
            return Digest32(hex: object.name.lastComponent).map { !gone.contains($0) } ?? true
        }
        let suspects = objects.filter {
            there[$0.name] == nil || readsData || there[$0.name] != $0.size || named.contains($0.name)
        }
        expects(UInt64(suspects.count), suspects.reduce(0) { $0 + UInt64($1.size) })
        let report = Monitor(MendingReport())
        // In the order in which a backup writes: a commit comes back last.
        for area in SourceListing.areas {
            let part = suspects.filter { $0.name.path.hasPrefix(area + "/") }
            try ParallelPass(part, threads: min(threads, part.count)).run { [there] next in
                let lane = ObjectCopying(from: copy, pace: pace, checkpoint: checkpoint)
                while let object = next() {
                    try mend(object, there[object.name], lane, theirs.repository, report)
                    advances(UInt64(object.size))
                }
            }
        }
        try store.flush()
        var result = report.withLock { $0 }
        result.broughtBack.sort()
        result.setAside.sort()
        return result
    }

    private func bringBackFormat(_ theirs: SourceListing) throws {
        let format = try copy.readAll(Names.format, limit: 64 << 10)
        guard try store.put(format, as: Names.format, .immediate) == .exists else { return }
        guard try store.readAll(Names.format, limit: 64 << 10) == format else {
            throw Failure(
                .replicaDiverged, "\(copy.location) holds another repository than \(store.location).",
                advice: "Name a copy of this repository. Nothing was changed.")
        }
    }

    private func mend(
        _ object: (name: ObjectName, size: Int64), _ size: Int64?, _ lane: ObjectCopying, _ repository: Repository,
        _ report: Monitor<MendingReport>
    ) throws {
        let name = object.name
        do {
            if size != nil {
                let isRight = try isRight(name, repository)
                report.withLock { $0.checked += 1 }
                if isRight { return }
            }
            report.withLock { if size == nil { $0.missing.append(name) } else { $0.damaged.append(name) } }
            let aside = try bringBack(name, isThere: size != nil, lane, repository)
            report.withLock {
                $0.broughtBack.append(name)
                if let aside { $0.setAside.append(aside) }
            }
        } catch ObjectCopying.SourceProblem.missing {
            report.withLock { $0.problems.append(.objectMissing(name, in: copy.location)) }
        } catch ObjectCopying.SourceProblem.damaged(let failure) {
            report.withLock { $0.problems.append(failure) }
        } catch let failure as Failure where failure.code.class == .integrity || failure.code == .objectLocked {
            report.withLock { $0.problems.append(failure) }
        }
    }

    private func isRight(_ name: ObjectName, _ repository: Repository) throws -> Bool {
        guard let digest = Digest32(hex: name.lastComponent) else {
            do {
                try RecordCheck(repository: repository).check(
                    try store.readAll(name, limit: RecordCheck.limit), as: name)
                return true
            } catch let failure as Failure where failure.code.class == .integrity {
                return false
            }
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        return try ObjectDigest.of(name, in: store, buffer: buffer, checkpoint: checkpoint).digest == digest
    }

    /// Returns where the damaged bytes went.
    private func bringBack(_ name: ObjectName, isThere: Bool, _ lane: ObjectCopying, _ repository: Repository) throws
        -> ObjectName?
    {
        guard let digest = Digest32(hex: name.lastComponent) else {
            let bytes = try copy.readAll(name, limit: RecordCheck.limit)
            try RecordCheck(repository: repository).check(bytes, as: name)
            let aside = isThere ? try setAside(name) : nil
            _ = try store.put(bytes, as: name, .immediate)
            return aside
        }
        // What cannot be had whole must not cost the rest of what is there: it is fetched first, into another name.
        let aside = isThere ? try setAside(name, after: { try lane.verify(name, named: digest) }) : nil
        for outcome in try lane.copy(name, named: digest, to: [store]).outcomes { _ = try outcome.get() }
        return aside
    }

    /// Copies the bytes below `damaged/` and takes the name away.
    private func setAside(_ name: ObjectName, after check: () throws -> Void = {}) throws -> ObjectName {
        try check()
        for attempt in 0..<1000 {
            let place = ObjectName("damaged/\(name.path)" + (attempt == 0 ? "" : ".\(attempt)"))
            guard try store.size(of: place) == nil else { continue }
            let staged = try store.stage()
            defer { staged.abandon() }
            try forEachPiece(of: name) { try staged.append($0) }
            guard try staged.finish(as: place, .immediate) == .created else { continue }
            try store.remove(name)
            return place
        }
        throw Failure(
            .storageFailed, "\(name) was damaged a thousand times already.",
            advice: "Replace the disk or server that the repository lies on.")
    }

    private func forEachPiece(of name: ObjectName, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        var offset: Int64 = 0
        while true {
            try checkpoint()
            let filled = try store.read(name, at: offset, into: buffer)
            if filled > 0 { try body(UnsafeRawBufferPointer(rebasing: buffer[..<filled])) }
            offset += Int64(filled)
            if filled < buffer.count { return }
        }
    }
}

extension ObjectCopying {
    /// Reads an object whole. Throws as `copy` does.
    func verify(_ name: ObjectName, named digest: Digest32) throws { _ = try copy(name, named: digest, to: []) }
}
