import CLinux
import Identity
import Parity
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Brings a repository onto a medium: what is missing there, as it is, without any key; then parity for it.
package struct CopyToMedium {
    package struct Report: Sendable {
        package var medium: MediumFacts
        package var copied: UInt64 = 0
        package var copiedBytes: UInt64 = 0
        package var present: UInt64 = 0
        /// Collected while the copy ran; nothing is missing with them.
        package var gone: UInt64 = 0
        package var segments: UInt64 = 0
        package var parityBytes: UInt64 = 0
        /// What is not on the medium, or not as it should be.
        package var missing: [VerifyFinding] = []
    }

    /// So many in a row that cannot be read are no damage: the repository itself is not there.
    private static let patience = 20

    private let repository: Repository
    private let medium: Medium
    private let observer: any OperationObserver
    private let copying: any ObjectCopying = OneByOneCopying()
    private var report: Report
    private var progress = OperationProgress()
    private var digests: [ObjectName: Digest32] = [:]

    package static func run(
        permit: consuming Permit<MediaAction>, repository: Repository, medium: Medium, observer: any OperationObserver,
        clock: WallClock
    ) throws -> Report {
        let actor = permit.actor
        try medium.require(repository.id)
        var copy = CopyToMedium(repository, medium, observer)
        do {
            try copy.copyMissing()
            try copy.protect(clock.now())
            try medium.flush()
            try copy.note(actor, clock.now())
        } catch let failed as SourceFailure {
            throw failed.failure
        } catch let failure as Failure {
            throw medium.explained(failure)
        }
        return copy.report
    }

    private init(_ repository: Repository, _ medium: Medium, _ observer: any OperationObserver) {
        (self.repository, self.medium, self.observer) = (repository, medium, observer)
        report = Report(medium: medium.facts)
    }

    private mutating func copyMissing() throws {
        _ = try medium.store.removeAbandoned()
        _ = try medium.sidecars.removeAbandoned()
        let plan = try MediumPlan(from: repository.store, to: medium.store)
        report.present = plan.presentCount
        for name in plan.differing {
            report.missing.append(VerifyFinding(object: name.path, problem: "is on the medium in another size"))
        }
        try checkSpace(plan.missingBytes)
        progress.totalEntries = UInt64(plan.missing.count)
        // Everything is written once, and read back once.
        progress.totalBytes = plan.missingBytes * 2
        var unreadable = 0
        for object in plan.missing { try copy(object, &unreadable) }
        try medium.flush()
    }

    private mutating func copy(_ object: ObjectToCopy, _ unreadable: inout Int) throws {
        switch try copying.copy(object, from: repository.store, to: medium.store, checkpoint: checkpoint) {
        case .copied(let digest):
            unreadable = 0
            if Digest32(hex: object.name.lastComponent) == nil { digests[object.name] = digest }
            report.copied += 1
            report.copiedBytes += object.size
        case .gone: report.gone += 1
        case .unreadable(let failure):
            unreadable += 1
            if unreadable >= Self.patience { throw SourceFailure(failure: failure) }
            progress.problems += 1
            report.missing.append(
                VerifyFinding(object: object.name.path, problem: "was not copied: \(failure.message)"))
        }
        progress.entries += 1
        progress.bytes += object.size
        observer.progress(progress)
    }

    private func checkpoint() throws { if observer.isCancelled { throw Failure.interrupted } }

    /// A medium that cannot hold it is refused before hours are spent on it.
    private func checkSpace(_ bytes: UInt64) throws {
        let free = sh_free_bytes(medium.path)
        let needed = bytes + bytes / 15
        guard free >= 0, needed > UInt64(free) else { return }
        throw Failure(
            .storageFull,
            "The medium '\(medium.facts.label)' has \(free) bytes free; \(needed) are needed with parity.",
            advice: "Take a larger medium. Nothing was copied.")
    }

    private mutating func protect(_ now: Timestamp) throws {
        var progress = progress
        let outcome = try ProtectMedium(medium: medium, now: now, digest: expectedDigest) { [observer] count in
            if observer.isCancelled { throw Failure.interrupted }
            progress.bytes += UInt64(count)
            progress.totalBytes = max(progress.totalBytes, progress.bytes)
            observer.progress(progress)
        }.run()
        report.segments = outcome.segments
        report.parityBytes = outcome.parityBytes
        for (name, problem) in outcome.damaged {
            report.missing.append(
                VerifyFinding(object: name.path, problem: "was read back from the medium and \(problem.text)"))
        }
    }

    /// Of objects that are not named by their digest: as they were written, or as the repository has them.
    private func expectedDigest(_ name: ObjectName) throws -> Digest32? {
        if let digest = digests[name] { return digest }
        do {
            return SHA256Digest.of(try repository.store.readAll(name, limit: 64 << 20))
        } catch let failure as Failure {
            guard failure.code == .objectMissing else { throw SourceFailure(failure: failure) }
            return nil
        }
    }

    private mutating func note(_ actor: String, _ now: Timestamp) throws {
        var (objects, bytes): (UInt64, UInt64) = (0, 0)
        try medium.store.list(below: "") { _, size in
            objects += 1
            bytes += UInt64(clamping: size)
        }
        let snapshots = (try? SnapshotCatalog(repository: try .open(medium.store)))?.committed ?? []
        let newest = snapshots.map(\.record.time).max()
        let written = try medium.add(
            MediumRecord(
                time: now, event: .copied, actor: MediumText.actor(actor),
                [
                    ("objects", String(objects)), ("bytes", String(bytes)), ("snapshots", String(snapshots.count)),
                    ("newest", newest?.description),
                    ("missing", report.missing.isEmpty ? nil : String(report.missing.count)),
                ]))
        if !written { observer.warning("The medium's journal could not be written; this host's book has the record.") }
        report.medium = medium.facts
    }
}
