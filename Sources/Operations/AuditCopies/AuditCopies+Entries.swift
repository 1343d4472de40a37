import Audit
import Primitives
import RepositoryEngine
import Sealing
import Storage
import TransparencyLog

extension AuditCopies {
    /// Entries that lie in one object.
    private struct Stretch {
        var name: ObjectName
        var first: UInt64
        var count: UInt64
        var end: UInt64 { first + count }

        /// Nil for other names.
        init?(_ name: ObjectName) {
            let parts = name.path.split(separator: "/")
            guard parts.count == 6, let first = UInt64(parts[3]), let count = UInt64(parts[4]), count > 0,
                first <= TreeHead.largestSize, count <= SealedEntries.mostBytes
            else { return nil }
            (self.name, self.first, self.count) = (name, first, count)
        }
    }

    private static let mostEntries = 4096

    /// To whom this host seals what it writes: its own domain as a writer, else the only one that there is. Nil where it cannot be told.
    package static func domain(of host: HostState, in repository: Repository) throws -> DomainID? {
        do {
            let identity = try host.identity(for: repository)
            return identity.domain
        } catch let failure as Failure where failure.code == .identityMissing {
            let domains = repository.keyring.epochs.keys
            return domains.count == 1 ? domains.first : nil
        }
    }

    /// Puts the entries that are not there yet, and whose signatures the log bears.
    static func putEntries(_ book: AuditBook, in repository: Repository, domain: DomainID) throws {
        guard let bundle = repository.keyring.newestEpoch(of: domain) else { return }
        try putPolicy(book, in: repository)
        let covered = try cover(of: book.id, in: repository).last?.end ?? 0
        guard covered < book.tree.size else { return }
        let session = try SealingSession(id: .random(), repository: repository.id, bundle: bundle)
        var (first, count, bytes) = (covered, UInt64(0), [UInt8]())
        func put() throws {
            guard count > 0 else { return }
            let sealed = try SealedEntries.seal(bytes, of: book.id, first: first, count: count, by: session)
            let name = Names.auditEntries(book.id, first: first, count: count, SHA256Digest.of(sealed))
            _ = try repository.store.put(sealed, as: name, .deferred)
            (first, count, bytes) = (first + count, 0, [])
        }
        try book.forEach(from: covered) { _, entry in
            if count == mostEntries || bytes.count + entry.count + 2 > SealedEntries.mostBytes { try put() }
            EntryBundle.append(entry, to: &bytes)
            count += 1
        }
        try put()
    }

    private static func putPolicy(_ book: AuditBook, in repository: Repository) throws {
        let bytes = book.policy.bytes
        let name = ObjectName("\(Names.auditPolicies(book.id))/\(SHA256Digest.of(bytes).hex)")
        guard try repository.store.size(of: name) == nil else { return }
        _ = try repository.store.put(bytes, as: name, .deferred)
    }

    /// What makes up the log from its first entry on, without a gap; where two begin alike, the longer one.
    private static func cover(of log: String, in repository: Repository) throws -> [Stretch] {
        let all = try repository.store.names(below: Names.auditEntries(log)).compactMap { Stretch($0) }
            .sorted { ($0.first, $0.count) < ($1.first, $1.count) }
        var (found, end, best) = ([Stretch](), UInt64(0), Stretch?.none)
        for stretch in all {
            if stretch.first > end {
                guard let next = best, next.end > end else { break }
                found.append(next)
                (end, best) = (next.end, nil)
            }
            guard stretch.first <= end else { break }
            if stretch.end > best?.end ?? end { best = stretch }
        }
        if let best, best.end > end { found.append(best) }
        return found
    }

    /// The logs of which a repository keeps something.
    package static func logs(in repository: Repository) throws -> [String] {
        let ids = try repository.store.names(below: Names.audit).compactMap { name in
            name.path.split(separator: "/").dropFirst().first.map(String.init)
        }
        return Set(ids).sorted()
    }

    /// Whose signatures a log bears, as the repository says; nil where it says nothing, or several things. Nothing vouches for it.
    package static func policy(of log: String, in repository: Repository) throws -> TrustPolicy? {
        let names = try repository.store.names(below: Names.auditPolicies(log))
        guard let name = names.first, names.count == 1 else { return nil }
        return try? TrustPolicy(parsing: try read(name, in: repository, limit: 1 << 20))
    }

    /// What came of putting a log together from a repository.
    package struct Rebuilt: Sendable {
        package var tree: TreeHead
        /// Of the newest checkpoint that is there.
        package var newest: UInt64
    }

    /// Opens the entries, writes the log into `storage` if there is one, and gives it the newest checkpoint that they reach up to. Throws `audit-altered` where they are not what was signed.
    package static func rebuild(
        _ log: String, by policy: TrustPolicy, from repository: Repository, opener: SealOpener,
        into storage: (any LogStorage)?
    ) throws -> Rebuilt {
        let stretches = try cover(of: log, in: repository)
        let kept = try newest(of: log, in: repository, upTo: stretches.last?.end ?? 0)
        let good = kept.reversed().lazy.compactMap { kept -> (SignedNote, TreeHead)? in
            guard let note = try? SignedNote(parsing: kept.bytes), let known = try? policy.verified(note) else {
                return nil
            }
            return (note, known.checkpoint.tree)
        }.first
        guard let (note, tree) = good else { throw missing(log, in: repository, hasEntries: !stretches.isEmpty) }
        var rebuilder = LogRebuilder(in: storage)
        for stretch in stretches where rebuilder.size < tree.size {
            let sealed = try read(stretch.name, in: repository, limit: SealedEntries.largest)
            let bundle = try SealedEntries.open(
                sealed, of: log, first: stretch.first, count: stretch.count, opener: opener, named: stretch.name)
            let entries = try EntryBundle.entries(bundle, count: Int(stretch.count))
            let wanted = Int(min(stretch.end, tree.size) - stretch.first)
            try rebuilder.append(entries.prefix(wanted).dropFirst(Int(rebuilder.size - stretch.first)))
        }
        do { try rebuilder.finish(note) } catch is LogProblem { throw altered(log, in: repository) }
        let newest = try newest(of: log, in: repository).last?.size ?? tree.size
        return Rebuilt(tree: tree, newest: newest)
    }

    private static func altered(_ log: String, in repository: Repository) -> Failure {
        Failure(
            .auditAltered,
            "The entries of the audit log \(log) in \(repository.store.location) are not those that its checkpoint stands for.",
            advice: "Somebody else put them there. Take them from another copy of the repository, or from the host.")
    }

    private static func missing(_ log: String, in repository: Repository, hasEntries: Bool) -> Failure {
        Failure(
            hasEntries ? .signatureInvalid : .auditMissing,
            hasEntries
                ? "No checkpoint of the audit log \(log) in \(repository.store.location) bears the signatures that the policy demands."
                : "There are no entries of an audit log \(log) in \(repository.store.location).",
            advice: hasEntries
                ? "Give the policy that was kept of this log with --policy."
                : "'safehold audit publish' on the log's host puts them there, and the daemon does.")
    }
}
