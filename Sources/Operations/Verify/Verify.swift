import CLinux
import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Proves that a repository is whole, as far as the keys at hand reach.
package enum Verify {
    /// Without keys: signatures, chains and commits, and every object that a manifest names is there in its size; reading all data,
    /// its bytes are those that its name was made of. With keys: every committed snapshot's listing decodes and says the same as its
    /// twin, and every chunk lies within a pack that is there; reading all data or a part of it, every chunk opens, decompresses and is
    /// what its id says, in one pass over the bytes. With a maintainer's key: every reference of every committed snapshot opens, and every chunk that it
    /// names is in a pack. What is damaged is named together with the snapshots and files that it harms.
    package static func run(
        permit: consuming Permit<VerifyAction>, repository: Repository, opener: SealOpener?, options: VerifyOptions,
        observer: any OperationObserver
    ) throws -> VerifyReport {
        let clock = ContinuousClock()
        let began = clock.now
        let ledger = VerifyLedger(observer: observer)
        sh_release_memory()
        let records = try RecordVerification(repository: repository, ledger: ledger).run()
        if records.collectedCount > 0, opener == nil {
            ledger.note(
                "\(records.collectedCount) objects are gone by collections; that no snapshot needs them is seen with a key."
            )
        }
        let proving = try Proving(repository, records, ledger, options)
        do {
            if let opener {
                try open(by: opener, repository, records, ledger, options, proving)
            } else {
                for name in records.missingRuns { ledger.add(name.path, "is missing") }
            }
            if options.readData, options.budget == nil {
                try proving.readAll(besidesPacks: opener?.opensStructureOnly == false)
            } else if opener?.opensStructureOnly != false {
                try proving.readBudget(options.budget)
            }
        } catch {
            // What was read counts, however it ended: the next run goes on from there.
            _ = try? proving.finish()
            throw error
        }
        var report = ledger.state.withLock { $0.report }
        report.proven = try proving.finish()
        report.usedKeys = opener != nil
        report.structureOnly = opener?.opensStructureOnly == true
        report.readData = options.readData
        report.snapshots = UInt64(records.catalog.committed.count)
        report.packs = UInt64(records.packs.count)
        let elapsed = (clock.now - began).components
        report.seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
        return report
    }

    /// What only a key shows, as far as this one does.
    private static func open(
        by opener: SealOpener, _ repository: Repository, _ records: Inventory, _ ledger: VerifyLedger,
        _ options: VerifyOptions, _ proving: Proving
    ) throws {
        guard !opener.opensStructureOnly else {
            try ReferenceVerification(
                repository: repository, opener: opener, ledger: ledger, inventory: records, scratch: options.scratch
            ).run()
            return
        }
        let content = try ContentVerification(
            repository: repository, opener: opener, ledger: ledger, inventory: records)
        let readsAll = options.readData && options.budget == nil
        let reading = readsAll ? try content.beginReadingPacks(scratch: options.scratch) : nil
        do {
            try content.checkListings()
            try reading?.finish()
        } catch {
            // The threads end at their next step.
            ledger.stop(error as? Failure ?? .interrupted)
            try? reading?.finish()
            // That its bases are there as well was not seen.
            proving.proved(bytes: reading?.proven ?? [])
            throw error
        }
        if let reading {
            try content.checkBases(reading.deltas)
            proving.proved(content: reading.proven)
        }
        try proving.readBudget(options.budget) {
            try content.readPacks($0, until: $1, scratch: options.scratch)
        }
        try content.findAffected()
    }
}

/// What is in the repository, by name and size.
struct Inventory: Sendable {
    struct Object: Sendable {
        var name: ObjectName
        var kind: PackClass
        var digest: Digest32
        var size: UInt64
    }

    var catalog: SnapshotCatalog
    /// Data and metadata packs that are there.
    var packs: [Object] = []
    /// Index runs that are there.
    var runs: [Object] = []
    /// Index runs that manifests name and that are not there.
    var missingRuns: [ObjectName] = []
    /// Packs and index runs that collections removed, or may remove at any moment.
    var collected: Set<Digest32> = []
    /// Whether a session has begun and not ended: a backup, or a copy of the repository, may be under way.
    var isUnderWay = false
    /// Objects that manifests name and that are gone by a collection.
    var collectedCount: UInt64 = 0

    var sizes: [Digest32: UInt64] {
        Dictionary(packs.map { ($0.digest, $0.size) }, uniquingKeysWith: { first, _ in first })
    }
}

/// Everything that can be checked without a key.
struct RecordVerification {
    let repository: Repository
    let ledger: VerifyLedger

    func run() throws -> Inventory {
        var inventory = Inventory(catalog: try SnapshotCatalog(repository: repository))
        for problem in inventory.catalog.problems + inventory.catalog.intrusions { ledger.add(problem) }
        try readSweeps(&inventory)
        try list(&inventory)
        try checkKeyObjects()
        var ended: Set<SessionID> = []
        let manifests = try checkSessions(&inventory, ended: &ended)
        for snapshot in inventory.catalog.snapshots
        where !snapshot.isCommitted && ended.contains(snapshot.record.session) {
            // A session ends after its commit: this is none that was killed before.
            harm(
                snapshot,
                ledger.add(
                    Names.commit(snapshot.record.writer, snapshot.record.sequence).path,
                    "is missing, so its snapshot does not count"))
        }
        checkEpochs(inventory.catalog)
        for snapshot in inventory.catalog.committed {
            guard let wanted = snapshot.manifest, manifests[snapshot.record.session] != wanted else { continue }
            let finding = ledger.add(
                Names.session(snapshot.record.writer, snapshot.record.session, "manifest").path,
                "is missing, or not the one that the commit names")
            harm(snapshot, finding)
        }
        return inventory
    }

    /// What a collection took is not damage. It says so itself and is not signed; that no snapshot needs it, only a key shows.
    private func readSweeps(_ inventory: inout Inventory) throws {
        do {
            let sweeps = try Sweeps(store: repository.store)
            inventory.collected = try sweeps.dead.union(sweeps.replacedRuns)
                .union(UnfollowedSweeps.taken(in: repository.store))
        } catch let failure as Failure where failure.code.class == .integrity {
            ledger.add(failure)
        }
    }

    private func harm(_ snapshot: CatalogedSnapshot, _ finding: Int) {
        ledger.state.withLock { $0.report.findings[finding].snapshots.append(snapshot.digest) }
    }

    /// What the snapshots were sealed to must be there for anybody to open them.
    private func checkEpochs(_ catalog: SnapshotCatalog) {
        var missing: [ObjectName: Int] = [:]
        for snapshot in catalog.committed {
            let (domain, epoch) = (snapshot.record.domain, snapshot.record.epoch)
            if repository.keyring.epochs[domain]?.contains(where: { $0.epoch == epoch }) == true { continue }
            let name = Names.bundle(domain, epoch)
            let finding =
                missing[name]
                ?? ledger.add(name.path, "is missing; nothing that was sealed to this epoch can be opened")
            missing[name] = finding
            harm(snapshot, finding)
        }
    }

    private func list(_ inventory: inout Inventory) throws {
        for (prefix, kind) in [("packs", PackClass.data), ("meta", .metadata), ("index", .indexRun)] {
            var found: [Inventory.Object] = []
            try repository.store.list(below: prefix) { name, size in
                guard let digest = Digest32(hex: name.lastComponent) else {
                    return ledger.note("\(name) is not an object of a repository.")
                }
                found.append(Inventory.Object(name: name, kind: kind, digest: digest, size: UInt64(clamping: size)))
            }
            found.sort { $0.name < $1.name }
            if kind == .indexRun { inventory.runs += found } else { inventory.packs += found }
        }
        let all = inventory.packs + inventory.runs
        ledger.expect(entries: UInt64(all.count), bytes: all.reduce(0) { $0 + $1.size })
    }

    /// Objects below `keys/` and `spec/` that are named by their digests.
    private func checkKeyObjects() throws {
        for digest in [repository.format.specification, repository.format.restorer] {
            let name = Names.specification(digest)
            if try repository.store.size(of: name) == nil { ledger.add(name.path, "is missing; FORMAT names it") }
        }
        for prefix in ["spec", "keys"] {
            for name in try repository.store.names(below: prefix) {
                guard let digest = Digest32(hex: name.lastComponent) else { continue }
                try ledger.checkpoint()
                let bytes = try repository.store.readAll(name, limit: 64 << 20)
                if SHA256Digest.of(bytes) != digest { ledger.add(name.path, "has other bytes than its name says") }
                ledger.count(objects: 1, bytes: UInt64(bytes.count))
            }
        }
    }

    /// Digests of the manifests by session; what they name is compared with what is there.
    private func checkSessions(_ inventory: inout Inventory, ended: inout Set<SessionID>) throws -> [SessionID:
        Digest32]
    {
        let there = Dictionary(
            (inventory.packs + inventory.runs).map { ($0.name, $0.size) }, uniquingKeysWith: { first, _ in first })
        var manifests: [SessionID: Digest32] = [:]
        let names = try repository.store.names(below: "sessions")
        let closed = Set(names.filter { ["end", "abandoned"].contains($0.lastComponent) }.map(\.session))
        inventory.isUnderWay = names.contains { $0.lastComponent == "intent" && !closed.contains($0.session) }
        for name in names {
            try ledger.checkpoint()
            do {
                guard name.lastComponent == "manifest" else {
                    try SessionManifest.checkMark(name, repository: repository)
                    if name.lastComponent == "end",
                        let session = name.path.split(separator: "/").dropLast().last.flatMap({ SessionID(hex: $0) })
                    {
                        ended.insert(session)
                    }
                    continue
                }
                let manifest = try SessionManifest(name, repository: repository)
                manifests[manifest.session] = manifest.digest
                for object in manifest.objects { check(object, manifest.objectName(object), there, &inventory) }
            } catch let failure as Failure where failure.code.class == .integrity {
                ledger.add(failure)
            }
        }
        return manifests
    }

    private func check(
        _ object: SessionManifest.Object, _ name: ObjectName, _ there: [ObjectName: UInt64],
        _ inventory: inout Inventory
    ) {
        ledger.count(objects: 1)
        guard there[name] != object.size else { return }
        if there[name] == nil, inventory.collected.contains(object.digest) { return inventory.collectedCount += 1 }
        if object.kind == .indexRun, there[name] == nil { return inventory.missingRuns.append(name) }
        let problem = there[name].map { "has \($0) bytes where its manifest says \(object.size)" } ?? "is missing"
        ledger.add(pack: object.digest, name.path, problem)
    }
}

extension ObjectName {
    /// What the marks of one session have in common.
    fileprivate var session: Substring { path[..<(path.lastIndex(of: "/") ?? path.endIndex)] }
}

/// Reads objects whole and compares them with their names, on several threads.
struct DigestVerification {
    let store: any ObjectStore
    let ledger: VerifyLedger

    /// Calls `proved` for each that is what its name says, from several threads. Begins none after `deadline`.
    func run(
        _ objects: [Inventory.Object], until deadline: ContinuousClock.Instant? = nil,
        proved: @escaping @Sendable (Digest32) -> Void
    ) throws {
        let queue = BoundedQueue<Inventory.Object>(capacity: 64)
        let threads = WorkerThreads()
        let reach = ReadingReach(of: store)
        for _ in 0..<reach.threads {
            threads.start { [store, ledger] in
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: reach.longestRun, alignment: 4096)
                defer { buffer.deallocate() }
                while let object = queue.pop() {
                    do {
                        let (digest, count) = try ObjectDigest.of(object.name, in: store, buffer: buffer) {
                            try ledger.checkpoint()
                        }
                        ledger.count(objects: 1, bytes: count)
                        if digest != object.digest {
                            ledger.add(pack: object.digest, object.name.path, "has other bytes than its name says")
                        } else {
                            proved(object.digest)
                        }
                    } catch let failure as Failure {
                        ledger.stop(failure)
                    } catch {
                        ledger.stop(Failure(.internalError, "\(error)", advice: "Report this, please."))
                    }
                }
            }
        }
        for object in objects {
            if let deadline, ContinuousClock.now >= deadline { break }
            queue.push(object)
        }
        queue.close()
        threads.joinAll()
        try ledger.checkpoint()
    }
}
