import Identity
import Parity
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Reads everything on a medium, without any key, and mends what parity can.
package final class CheckMedium {
    /// What to do with what is damaged.
    package enum Mode: Sendable {
        case check
        /// Objects beyond parity's power are taken from this store, where there is one.
        case repair(from: (any ObjectStore)?)
    }

    private let medium: Medium
    private let mode: Mode
    private let observer: any OperationObserver
    private var report: MediumReport
    private var progress = OperationProgress()

    package static func run(
        permit: consuming Permit<MediaAction>, medium: Medium, mode: Mode, observer: any OperationObserver,
        clock: WallClock
    ) throws -> MediumReport {
        let (actor, monotonic) = (permit.actor, ContinuousClock())
        let began = monotonic.now
        let check = CheckMedium(medium, mode, observer)
        do {
            try check.run()
            // A medium that was pulled out is not a damaged one.
            try medium.requireAttached()
            let elapsed = (monotonic.now - began).components
            check.report.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
            try check.note(actor, clock.now())
        } catch let failure as Failure {
            throw medium.explained(failure)
        }
        return check.report
    }

    private init(_ medium: Medium, _ mode: Mode, _ observer: any OperationObserver) {
        (self.medium, self.mode, self.observer) = (medium, mode, observer)
        report = MediumReport(medium: medium.facts)
    }

    private var isRepair: Bool { if case .repair = mode { true } else { false } }
    private var source: (any ObjectStore)? { if case .repair(let source) = mode { source } else { nil } }

    private func run() throws {
        let (segments, lost, _) = try SegmentSidecar.all(in: medium.sidecars)
        let protected = Set(segments.flatMap { $0.table.objects.map(\.name) })
        var open: [(name: ObjectName, size: UInt64)] = []
        try medium.store.list(below: "") { name, size in
            if !protected.contains(name) { open.append((name, UInt64(clamping: size))) }
        }
        progress.totalBytes =
            segments.reduce(0) { $0 + $1.table.shape.byteCount + UInt64($1.table.shape.parityBytes) }
            + open.reduce(0) { $0 + $1.size }
        for number in lost {
            damage(SegmentSidecar.parityName(number), "has no table that is whole", .lost)
        }
        for segment in segments { try examine(segment) }
        try examineUnprotected(open.sorted { $0.name < $1.name })
        report.unprotected = UInt64(open.count)
    }

    private func advance(_ bytes: Int) throws {
        if observer.isCancelled { throw Failure.interrupted }
        progress.bytes += UInt64(bytes)
        observer.progress(progress)
    }

    private func damage(_ object: ObjectName, _ problem: String, _ remedy: MediumReport.Remedy) {
        progress.problems += 1
        let folder = object.path.hasPrefix(SegmentSidecar.folder + "/") ? Medium.folderName + "/" : ""
        report.damages.append(.init(object: folder + object.path, problem: problem, remedy: remedy))
    }

    private func examine(_ sidecar: SegmentSidecar) throws {
        let table = sidecar.table
        let parity = isRepair ? ParityAccumulator(table.shape) : nil
        let examination = try SegmentExamination(
            sidecar, store: medium.store, sidecars: medium.sidecars, adding: parity, progress: advance)
        progress.entries += UInt64(table.objects.count)
        report.objects += UInt64(table.objects.count)
        report.bytes += table.shape.byteCount
        report.segments += 1
        report.parityBytes += UInt64(table.shape.parityBytes)
        guard let parity else { return tell(examination) }
        try repair(examination, parity)
    }

    private func tell(_ examination: SegmentExamination) {
        let (mendable, objects) = (examination.mendable, examination.sidecar.table.objects)
        for (number, problem) in examination.damaged.sorted(by: { $0.key < $1.key }) {
            damage(objects[number].name, problem.text, mendable.contains(number) ? .mendable : .lost)
        }
        if !examination.isProtectionWhole {
            // As long as the objects are whole, their parity can be made again.
            let canBeMade = mendable.count == examination.damaged.count
            damage(
                SegmentSidecar.parityName(examination.sidecar.number), problemOfProtection(examination),
                canBeMade ? .mendable : .lost)
        }
    }

    private func problemOfProtection(_ examination: SegmentExamination) -> String {
        guard examination.badParity.isEmpty else {
            let all = examination.sidecar.table.shape.parityBlockCount
            return "has \(examination.badParity.count) of \(all) blocks of parity damaged"
        }
        return "has lost one of the two copies of its table"
    }

    private func repair(_ examination: SegmentExamination, _ parity: ParityAccumulator) throws {
        guard !examination.isWhole else { return }
        let table = examination.sidecar.table
        let recovered = examination.recovered(with: parity, sidecars: medium.sidecars)
        let mending = ObjectMending(medium: medium, examination: examination, recovered: recovered)
        var isComplete = examination.lost.allSatisfy { recovered[$0] != nil }
        for (number, problem) in examination.damaged.sorted(by: { $0.key < $1.key }) {
            if try mending.mend(number) {
                damage(table.objects[number].name, problem.text, .mended)
            } else if try takeAgain(table.objects[number]) {
                damage(table.objects[number].name, problem.text, .copied)
            } else {
                isComplete = false
                damage(table.objects[number].name, problem.text, .lost)
            }
        }
        guard !examination.isProtectionWhole else { return }
        let isMade = try isComplete && makeParityAgain(examination, recovered, parity)
        damage(
            SegmentSidecar.parityName(examination.sidecar.number), problemOfProtection(examination),
            isMade ? .mended : .lost)
    }

    /// With every block at hand the parity is what it was; its digests prove it.
    private func makeParityAgain(
        _ examination: SegmentExamination, _ recovered: [Int: [UInt8]], _ parity: ParityAccumulator
    ) throws -> Bool {
        for (index, block) in recovered { block.withUnsafeBytes { parity.add($0, at: index) } }
        let table = examination.sidecar.table
        let isRight = table.parityDigests.indices.allSatisfy {
            ParityTable.digest(parity.parity($0)) == table.parityDigests[$0]
        }
        guard isRight else { return false }
        try examination.sidecar.replace(parity, in: medium.sidecars)
        return true
    }

    /// From the repository, where that was named and has the object whole.
    private func takeAgain(_ object: ParityTable.Object) throws -> Bool {
        guard let source, let bytes = try? source.readAll(object.name, limit: 2 << 30),
            SHA256Digest.of(bytes) == object.digest
        else { return false }
        try ReplacementFile.write(bytes, to: medium.store.path(of: object.name), in: medium.path + "/tmp")
        return true
    }

    /// Without parity only names tell, where they are digests.
    private func examineUnprotected(_ objects: [(name: ObjectName, size: UInt64)]) throws {
        let reader = SegmentReader(store: medium.store, blockSize: 1 << 20)
        var found: [(Int, MediumProblem)] = []
        try reader.read(objects) { number, result in
            switch result {
            case .failure(let problem): found.append((number, problem))
            case .success(let digest):
                if let name = Digest32(hex: objects[number].name.lastComponent), name != digest {
                    found.append((number, .otherBytes))
                }
            }
        } block: { _, bytes, _ in
            try advance(bytes.count)
        }
        report.objects += UInt64(objects.count)
        report.bytes += objects.reduce(0) { $0 + $1.size }
        for (number, problem) in found {
            let name = objects[number].name
            let digest = Digest32(hex: name.lastComponent)
            let isTaken = try digest.map { try takeAgain(.init(name: name, size: 0, digest: $0)) } ?? false
            damage(name, problem.text, isTaken ? .copied : .lost)
        }
    }

    private func note(_ actor: String, _ now: Timestamp) throws {
        let record = MediumRecord(
            time: now, event: isRepair ? .repaired : .checked, actor: MediumText.actor(actor),
            [
                ("objects", String(report.objects)), ("bytes", String(report.bytes)), ("damaged", String(report.open)),
                ("mendable", isRepair ? nil : String(report.count(.mendable))),
                ("mended", isRepair ? String(report.count(.mended) + report.count(.copied)) : nil),
            ])
        if try !medium.add(record) {
            observer.warning("The medium takes no writes; this host's book has the record of this check.")
        }
        report.medium = medium.facts
    }
}
