import Glibc
import Operations
import Primitives
import Storage
import StorageS3

/// The stores that a repository can lie in, by what it is called.
enum Stores {
    @Sendable static func isAddress(_ location: String) -> Bool { S3Address.isMeant(by: location) }

    @Sendable static func open(_ location: String, _ journal: AccessJournal) throws -> any ObjectStore {
        try isAddress(location) ? ReadAheadStore(bucket(location, journal)) : DirectoryStore(root: location)
    }

    /// For a new repository.
    @Sendable static func create(_ location: String, _ journal: AccessJournal) throws -> any ObjectStore {
        try isAddress(location) ? bucket(location, journal).createEmpty() : DirectoryStore.createEmpty(at: location)
    }

    private static func bucket(_ location: String, _ journal: AccessJournal) throws -> S3Store {
        let address = try S3Address.parse(location, Launch.variable)
        let credentials = CredentialChain(.ofThisProcess, profile: address.profile)
        let bandwidth = try Launch.variable("SAFEHOLD_BANDWIDTH").map { try BandwidthPlan.parse($0) } ?? .unlimited
        let store = try S3Store(address, credentials, spoolPlaces: spoolPlaces, bandwidth: bandwidth)
        store.remember { journal.add($0) }
        return store
    }

    /// A disk before what may be memory.
    private static var spoolPlaces: [String] { [Launch.variable("TMPDIR"), "/var/tmp", "/tmp"].compactMap { $0 } }
}

extension S3Store {
    /// A bucket, or the part of it below the prefix, that has nothing in it. One with a repository is let through: what to say of it
    /// is for the caller.
    fileprivate func createEmpty() throws -> S3Store {
        try checkBucket()
        guard try size(of: ObjectName("FORMAT")) == nil else { return self }
        struct Found: Error {}
        do {
            try list(below: "") { _, _ in throw Found() }
        } catch is Found {
            throw Failure(
                .targetUnusable, "\(location) is not empty and not a repository.",
                advice:
                    "Choose another prefix or bucket. What an interrupted 'safehold init' left behind can be deleted: it holds no backups."
            )
        }
        return self
    }
}

extension CredentialChain.Sources {
    fileprivate static let ofThisProcess = CredentialChain.Sources(
        variable: Launch.variable, file: { try CredentialSurroundings.text(of: $0) },
        command: { try CredentialSurroundings.output(of: $0) },
        fetch: { try? CredentialSurroundings.fetch($0, $1, $2) })
}
