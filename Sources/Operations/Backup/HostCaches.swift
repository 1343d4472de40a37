import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// The files of one repository in this host's state: kept listings, known content, journals, the pinned tip.
struct HostCaches: Sendable {
    let folder: String
    let component: String
    private var journals: String { folder + "/journals" }
    private var listings: String { folder + "/listings" }
    private var signals: String { folder + "/signals" }
    var signalsPath: String { signals + "/" + component }
    private var listingPath: String { listings + "/" + component }
    private var tipPath: String { Self.tipPath(in: folder) }
    private static func tipPath(in folder: String) -> String { folder + "/tip" }

    init(folder: String, component: String) throws {
        self.folder = folder
        self.component = SHA256Digest.of(Array(component.utf8)).hex.prefix(32).description
        try LocalFile.makeDirectories(folder + "/journals")
        try LocalFile.makeDirectories(folder + "/listings")
        try LocalFile.makeDirectories(folder + "/signals")
        for directory in [folder, listings, signals] { removeStaleFiles(in: directory) }
    }

    /// Temporary files of runs that were killed: their names tell the process, but for those that have a name for a moment only.
    func removeStaleFiles(in directory: String) {
        for name in Self.names(in: directory) {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count > 1, !parts[0].isEmpty else { continue }
            let process = Int32(parts[1])
            let isAlive = process.map { $0 == getpid() || kill($0, 0) == 0 || errno != ESRCH } ?? (parts[0] != "table")
            if !isAlive { unlink(directory + "/" + name) }
        }
    }

    func previousListing(cacheKey: borrowing SecretBytes) -> PreviousListing? {
        PreviousListing(path: listingPath, cacheKey: cacheKey)
    }

    func newListing(cacheKey: borrowing SecretBytes) throws -> SealedFile.Writer {
        let path = "\(listingPath).\(getpid()).\(Self.nextNumber())"
        unlink(path)
        return try SealedFile.Writer(path: path, cacheKey: cacheKey)
    }

    private static let numbers = Monitor(0)

    /// Tells files of this process's sessions from each other.
    static func nextNumber() -> Int {
        numbers.withLock { number in
            number += 1
            return number
        }
    }

    func keep(_ listing: SealedFile.Writer) throws { try LocalFile.replace(listingPath, with: listing.path) }
    func drop(_ listing: SealedFile.Writer) { unlink(listing.path) }
    /// The component's next backup reads everything.
    func dropListing() { unlink(listingPath) }

    func journal(_ session: SessionID, cacheKey: borrowing SecretBytes) throws -> SessionJournal {
        try SessionJournal(folder: journals, session: session, cacheKey: cacheKey)
    }

    // MARK: Dead sessions

    struct Recovered {
        var sessions: [SessionID] = []
        var packs: [FinishedPack] = []
        var bundles: [SessionJournal.BundleLine] = []
        /// Those of `packs` that no index run names.
        var unindexed: [FinishedPack] = []
        var journals: [String] = []
    }

    /// What dead sessions finished, as far as it is whole in the store and no collection condemned it.
    func recover(
        cacheKey: borrowing SecretBytes, store: any ObjectStore, domain: DomainID, condemned: Set<Digest32>
    ) throws -> Recovered {
        var recovered = Recovered()
        for (path, lines) in SessionJournal.abandoned(folder: journals, cacheKey: cacheKey) {
            recovered.journals.append(path)
            if let session = path.split(separator: "/").last.flatMap({ SessionID(hex: $0) }) {
                recovered.sessions.append(session)
            }
            var indexed: Set<Digest32> = []
            for case .run(let name, let size, let packs) in lines
            where try store.size(of: Names.indexRun(domain, name)).map({ UInt64($0) }) == size {
                indexed.formUnion(packs)
            }
            var isWhole = false
            for line in lines {
                switch line {
                case .pack(let pack):
                    isWhole =
                        try !condemned.contains(pack.name)
                        && store.size(of: Names.pack(pack.name, pack.kind)).map { UInt64($0) } == pack.size
                    guard isWhole else { continue }
                    recovered.packs.append(pack)
                    if !indexed.contains(pack.name) { recovered.unindexed.append(pack) }
                case .bundle(let bundle):
                    if isWhole { recovered.bundles.append(bundle) }
                case .run:
                    break
                }
            }
        }
        return recovered
    }

    // MARK: The pinned tip

    func pinnedTip(cacheKey: borrowing SecretBytes) -> SnapshotCommitter.Tip {
        Self.pinnedTip(in: folder, cacheKey: cacheKey)
    }

    /// The newest snapshot of this host's that it knows of; looking changes nothing in `folder`.
    static func pinnedTip(in folder: String, cacheKey: borrowing SecretBytes) -> SnapshotCommitter.Tip {
        guard let reader = SealedFile.Reader(path: tipPath(in: folder), cacheKey: cacheKey), let bytes = reader.next(),
            bytes.count == 40
        else { return .none }
        return bytes.withUnsafeBytes { raw in
            SnapshotCommitter.Tip(
                sequence: UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self)),
                digest: Digest32(loading: UnsafeRawBufferPointer(rebasing: raw[8...])))
        }
    }

    func pin(_ tip: SnapshotCommitter.Tip, cacheKey: borrowing SecretBytes) throws {
        let temporary = "\(tipPath).\(getpid()).\(Self.nextNumber())"
        unlink(temporary)
        let writer = try SealedFile.Writer(path: temporary, cacheKey: cacheKey)
        var bytes = ByteWriter()
        bytes.u64(tip.sequence)
        bytes.digest(tip.digest)
        try writer.append(bytes.bytes)
        try writer.flush()
        try LocalFile.replace(tipPath, with: temporary, durably: false)
    }

    // MARK: Known content

    /// Writes down what the newest listings of all components name, and nothing else: what is no longer on this host is forgotten.
    /// With `isExact` that is all there is. `meanwhile` is what sessions that ended before this one know. Content lists are removed only by
    /// a session that `isAlone`, for those of another one may be named by nothing yet.
    func saveKnown(
        _ content: KnownContent, and meanwhile: KnownContent?, isExact: Bool, lists: ContentLists, isAlone: Bool,
        cacheKey: borrowing SecretBytes
    ) throws {
        let names = listingNames()
        if isExact, names.count == 1 { return try write(content, cacheKey) }
        let contents = [content] + (meanwhile.map { [$0] } ?? [])
        let (kept, namedLists) = try named(in: names, of: contents, lists, cacheKey)
        if isAlone { lists.removeAll(except: namedLists) }
        try write(kept, cacheKey)
    }

    private func write(_ content: KnownContent, _ cacheKey: borrowing SecretBytes) throws {
        let temporary = "\(WriterMemory.path(folder)).\(getpid()).\(Self.nextNumber())"
        unlink(temporary)
        let writer = try SealedFile.Writer(path: temporary, cacheKey: cacheKey)
        try content.save(to: writer)
        try writer.flush()
        try LocalFile.replace(WriterMemory.path(folder), with: temporary, durably: false)
    }

    /// What the listings name, and which content lists.
    private func named(
        in names: [String], of contents: [KnownContent], _ lists: ContentLists, _ cacheKey: borrowing SecretBytes
    ) throws -> (KnownContent, Set<ChunkID>) {
        let counts = contents.map(\.counts)
        let contentCount = counts.reduce(0) { $0 + $1.contents }
        let kept = try KnownContent(
            folder: folder, expectedChunks: counts.reduce(0) { $0 + $1.chunks }, expectedContents: contentCount)
        var named = try SliceSet(expecting: contentCount, folder: folder)
        var namedLists: Set<ChunkID> = []
        var copy = KnownCopy(of: contents, into: kept)
        for name in names {
            guard let listing = PreviousListing(path: listings + "/" + name, cacheKey: cacheKey) else { continue }
            for node in listing.head.nodes { try copy.keep(node) }
            var block = -1
            while !listing.isAtEnd {
                if listing.blockNumber != block, let current = listing.block {
                    block = listing.blockNumber
                    try copy.keep(current.reference.id)
                    try copy.keep(current.reference.twin)
                    for base in current.bases { try copy.keep(base) }
                }
                for slice in listing.record.slices {
                    try copy.keep(slice.id)
                    guard slice.type == .contentList else { continue }
                    namedLists.insert(slice.id)
                    let inner = lists.slices(slice.id)
                    // What it names stays needed, and nobody can tell where it lies.
                    if inner.isEmpty { copy.keepPacks() }
                    for slice in inner { try copy.keep(slice.id) }
                }
                for twin in listing.record.listTwins { try copy.keep(twin) }
                if listing.record.slices.count == 1, listing.record.slices[0].type == .bundle {
                    try named.insert(listing.record.slices[0])
                }
                listing.advance()
            }
        }
        for content in contents {
            try content.forEachContent { content, slice in
                if named.contains(slice) { try kept.remember(content, at: slice) }
            }
        }
        return (kept, namedLists)
    }

    private func listingNames() -> [String] {
        Self.names(in: listings).filter { !$0.contains(".") }.sorted()
    }
}

/// Copies chunks out of what sessions remember, each with its pack and with what it leans on.
private struct KnownCopy {
    private struct Source {
        let content: KnownContent
        let packs: [KnownPack?]
        /// Of the same packs in the copy.
        var ordinals: [UInt32: UInt32] = [:]

        init(_ content: KnownContent) { (self.content, packs) = (content, content.packs) }
    }

    private var sources: [Source]
    private let kept: KnownContent

    init(of contents: [KnownContent], into kept: KnownContent) {
        sources = contents.map { Source($0) }
        self.kept = kept
    }

    /// Copies all packs, whatever is in them: a snapshot may rely on any of them.
    mutating func keepPacks() {
        for index in sources.indices {
            for (ordinal, pack) in sources[index].packs.enumerated() {
                guard let pack, sources[index].ordinals[UInt32(ordinal)] == nil else { continue }
                sources[index].ordinals[UInt32(ordinal)] = kept.addPack(pack)
            }
        }
    }

    /// Copies a chunk from the first that knows it.
    mutating func keep(_ id: ChunkID) throws {
        for index in sources.indices {
            let (content, packs) = (sources[index].content, sources[index].packs)
            guard let ordinal = content.pack(of: id), Int(ordinal) < packs.count, let pack = packs[Int(ordinal)] else {
                continue
            }
            if sources[index].ordinals[ordinal] == nil { sources[index].ordinals[ordinal] = kept.addPack(pack) }
            guard let new = sources[index].ordinals[ordinal] else { return }
            guard case .delta(let form) = content.form(of: id) else { return try kept.set(id, pack: new) }
            try kept.set(id, pack: new, form: form)
            for base in form.bases where !kept.isKnown(base) { try keep(base) }
            return
        }
    }
}
