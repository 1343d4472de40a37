import Primitives
import Sealing

package enum BackupMode: UInt64, Sendable {
    case full = 1, incremental = 2
}

/// What only a restorer reads of a snapshot.
package struct SnapshotDescription: Sendable, Equatable {
    package var component = ""
    package var host = ""
    package var user = ""
    /// Absolute, with their leading slash.
    package var paths: [[UInt8]] = []
    package var tags: [String] = []
    package var root: ChunkID = .zero
    package var files: UInt64 = 0
    package var directories: UInt64 = 0
    package var others: UInt64 = 0
    package var contentBytes: UInt64 = 0
    package var problems: UInt64 = 0
    package var began = Timestamp(nanoseconds: 0)
    package var ended = Timestamp(nanoseconds: 0)
    package var exclusions: [String] = []
    package var storedBytes: UInt64 = 0
    package var filesTakenOver: UInt64 = 0
    /// How it differs from the snapshot before, and what was thought of that; nil where nobody looked. The engine keeps them as they are.
    package var signals: Fields?
    package var verdict: Fields?

    package init() {}

    package var fields: Fields {
        var fields = Fields()
        fields.set(1, text: component)
        fields.set(2, text: host)
        fields.set(3, text: user)
        fields.set(4, list: paths)
        fields.set(5, list: tags.map { Array($0.utf8) })
        fields[6] = root.bytes
        fields.set(7, integer: files)
        fields.set(8, integer: directories)
        fields.set(9, integer: others)
        fields.set(10, integer: contentBytes)
        fields.set(11, integer: problems)
        fields.set(12, integer: UInt64(bitPattern: began.nanoseconds))
        fields.set(13, integer: UInt64(bitPattern: ended.nanoseconds))
        fields.set(14, list: exclusions.map { Array($0.utf8) })
        fields.set(15, integer: storedBytes)
        fields.set(16, integer: filesTakenOver)
        if let signals { fields[17] = signals.encoded() }
        if let verdict { fields[18] = verdict.encoded() }
        return fields
    }

    package init(fields: Fields) throws(EncodingError) {
        component = try fields.text(1)
        host = try fields.text(2)
        user = try fields.text(3)
        paths = try fields.list(4)
        tags = try fields.list(5).map { String(decoding: $0, as: UTF8.self) }
        root = try fields.digest(6)
        files = try fields.integer(7)
        directories = try fields.integer(8)
        others = try fields.integer(9)
        contentBytes = try fields.integer(10)
        problems = try fields.integer(11)
        began = Timestamp(nanoseconds: Int64(bitPattern: try fields.integer(12)))
        ended = Timestamp(nanoseconds: Int64(bitPattern: try fields.integer(13)))
        exclusions = try fields.list(14).map { String(decoding: $0, as: UTF8.self) }
        storedBytes = try fields.integer(15)
        filesTakenOver = try fields.integer(16)
        if let bytes = fields[17] { signals = try Fields(decoding: bytes) }
        if let bytes = fields[18] { verdict = try Fields(decoding: bytes) }
    }
}

/// A snapshot as anybody sees it, with its two sealed parts.
package struct SnapshotRecord: Sendable, Equatable {
    /// Numbers that a name of ten digits can say.
    package static let sequences: ClosedRange<UInt64> = 1...9_999_999_999

    package var repository: RepositoryID
    package var writer: WriterID
    package var domain: DomainID
    package var epoch: UInt32
    package var sequence: UInt64
    package var previous: Digest32
    package var session: SessionID
    package var mode: BackupMode
    package var time: Timestamp
    package var storeTime: Timestamp
    package var requiredUntil: Timestamp
    package var sweepGeneration: UInt64
    package var software: String
    package var header: SealHeader
    package var sealedDescription: [UInt8]
    package var sealedStructure: [UInt8]

    /// Seals `description` and the roots, and makes the record of them.
    package init(
        session: SealingSession, writer: WriterID, sequence: UInt64, previous: Digest32, mode: BackupMode,
        time: Timestamp,
        duty: LockDuty? = nil, sweepGeneration: UInt64, software: String, description: SnapshotDescription,
        referenceRoot: ChunkID
    ) throws {
        let (header, keys) = session.newObject(.snapshot)
        guard let data = keys.data, let structure = keys.structure else {
            preconditionFailure("a writer has both keys")
        }
        let aad = associatedData("SHSNAP01", header.object)
        var roots = Fields()
        roots[1] = description.root.bytes
        roots[2] = referenceRoot.bytes
        sealedDescription = try data.seal(
            description.fields.encoded(), nonce: SealNonce(domain: NonceDomain.snapshotData, number: 0),
            authenticating: aad)
        sealedStructure = try structure.seal(
            roots.encoded(), nonce: SealNonce(domain: NonceDomain.snapshotStructure, number: 0), authenticating: aad)
        self.header = header
        repository = session.repository
        domain = session.domain
        epoch = session.epoch
        self.session = session.id
        self.writer = writer
        self.sequence = sequence
        self.previous = previous
        self.mode = mode
        self.time = time
        storeTime = duty?.now ?? Timestamp(nanoseconds: 0)
        requiredUntil = duty?.required ?? Timestamp(nanoseconds: 0)
        self.sweepGeneration = sweepGeneration
        self.software = software
    }

    package var fields: Fields {
        var fields = Fields()
        fields[1] = repository.bytes
        fields[2] = writer.bytes
        fields[3] = domain.bytes
        fields.set(4, integer: UInt64(epoch))
        fields.set(5, integer: sequence)
        fields[6] = previous.bytes
        fields[7] = session.bytes
        fields.set(8, integer: mode.rawValue)
        fields.set(9, integer: UInt64(bitPattern: time.nanoseconds))
        fields.set(10, integer: UInt64(bitPattern: storeTime.nanoseconds))
        fields.set(11, integer: requiredUntil.seconds)
        fields.set(12, integer: sweepGeneration)
        fields.set(13, text: software)
        fields[14] = header.encoded()
        fields[15] = sealedDescription
        fields[16] = sealedStructure
        return fields
    }

    package init(fields: Fields) throws(EncodingError) {
        repository = try fields.identifier(1)
        writer = try fields.identifier(2)
        domain = try fields.identifier(3)
        epoch = try fields.integer32(4)
        sequence = try fields.integer(5)
        guard Self.sequences.contains(sequence) else {
            throw EncodingError("has the number \(sequence), which no snapshot can have")
        }
        previous = try fields.digest(6)
        session = try fields.identifier(7)
        guard let mode = BackupMode(rawValue: try fields.integer(8)) else { throw EncodingError("has an unknown mode") }
        self.mode = mode
        time = Timestamp(nanoseconds: Int64(bitPattern: try fields.integer(9)))
        storeTime = Timestamp(nanoseconds: Int64(bitPattern: try fields.integer(10)))
        requiredUntil = Timestamp(seconds: try fields.integer(11))
        sweepGeneration = try fields.integer(12)
        software = try fields.text(13)
        header = try SealHeader(decoding: try fields.bytes(14))
        guard header.kind == .snapshot, header.domain == domain, header.epoch == epoch else {
            throw EncodingError("has a seal header of something else")
        }
        sealedDescription = try fields.bytes(15)
        sealedStructure = try fields.bytes(16)
    }

    package func description(opener: SealOpener) throws -> SnapshotDescription {
        let keys = try opener.keys(for: header, needing: .data)
        guard let key = keys.data else { throw EncodingError("cannot be opened") }
        let plaintext = try key.open(
            sealedDescription, nonce: SealNonce(domain: NonceDomain.snapshotData, number: 0),
            authenticating: associatedData("SHSNAP01", header.object))
        return try SnapshotDescription(fields: Fields(decoding: plaintext))
    }

    /// The roots of the listing and of its twins, for who holds only the structure key.
    package func roots(opener: SealOpener) throws -> (listing: ChunkID, references: ChunkID) {
        let keys = try opener.keys(for: header, needing: .structure)
        guard let key = keys.structure else { throw EncodingError("cannot be opened") }
        let plaintext = try key.open(
            sealedStructure, nonce: SealNonce(domain: NonceDomain.snapshotStructure, number: 0),
            authenticating: associatedData("SHSNAP01", header.object))
        let fields = try Fields(decoding: plaintext)
        return (try fields.digest(1), try fields.digest(2))
    }
}
