import Glibc
import Operations
import Primitives
import Storage
import StorageRclone
import StorageS3
import StorageSFTP

/// The stores that a repository can lie in, by what it is called.
enum Stores {
    @Sendable static func isAddress(_ location: String) -> Bool {
        S3Address.isMeant(by: location) || SFTPAddress.isMeant(by: location) || RcloneAddress.isMeant(by: location)
    }

    @Sendable static func open(_ location: String, _ journal: AccessJournal) throws -> any ObjectStore {
        if S3Address.isMeant(by: location) { return ReadAheadStore(try bucket(location, journal)) }
        if SFTPAddress.isMeant(by: location) { return ReadAheadStore(SFTPStore(try sftp(location))) }
        if RcloneAddress.isMeant(by: location) { return ReadAheadStore(try remote(location)) }
        return DirectoryStore(root: location)
    }

    /// For a new repository.
    @Sendable static func create(_ location: String, _ journal: AccessJournal) throws -> any ObjectStore {
        if S3Address.isMeant(by: location) { return try bucket(location, journal).createEmpty() }
        if SFTPAddress.isMeant(by: location) { return try SFTPStore(sftp(location)).createEmpty() }
        if RcloneAddress.isMeant(by: location) { return try remote(location).createEmpty() }
        return try DirectoryStore.createEmpty(at: location)
    }

    /// For a copy, which a run before may have begun.
    @Sendable static func placeCopy(_ location: String, _ journal: AccessJournal) throws -> any ObjectStore {
        if S3Address.isMeant(by: location) {
            let bucket = try bucket(location, journal)
            try bucket.checkBucket()
            return bucket
        }
        if RcloneAddress.isMeant(by: location) {
            let store = try remote(location)
            try store.makeRoot()
            return store
        }
        guard SFTPAddress.isMeant(by: location) else { return try DirectoryStore.createForCopy(at: location) }
        let store = SFTPStore(try sftp(location))
        try store.makeRoot()
        return store
    }

    /// What ssh is told to read may name programs: where people sign in, nobody brings a configuration of his own.
    private static func sftp(_ location: String) throws -> SFTPAddress {
        var address = try SFTPAddress.parse(location)
        guard let file = address.configuration, GuardedState(HostState(root: User.current().stateRoot)) != nil else {
            return address
        }
        address.configuration = try TrustedFile.requireOwn(file, what: "The configuration of ssh")
        return address
    }

    private static func remote(_ location: String) throws -> RcloneStore {
        RcloneStore(try RcloneAddress.parse(location), spoolPlaces: spoolPlaces)
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

extension SFTPStore {
    /// A directory that is made, or has nothing in it. One with a repository is let through.
    fileprivate func createEmpty() throws -> SFTPStore {
        if try size(of: ObjectName("FORMAT")) == nil,
            let name = try topNames().first(where: { !["tmp", "lost+found"].contains($0) })
        {
            throw Failure(
                .targetUnusable, "\(location) is not empty (there is '\(name)' in it) and not a repository.",
                advice:
                    "Choose an empty or a new directory. What an interrupted 'safehold init' left behind can be deleted: it holds no backups."
            )
        }
        try makeRoot()
        return self
    }
}

extension RcloneStore {
    /// A place with nothing in it. One with a repository is let through.
    fileprivate func createEmpty() throws -> RcloneStore {
        try makeRoot()
        guard try size(of: ObjectName("FORMAT")) != nil || isEmpty() else {
            throw Failure(
                .targetUnusable, "\(location) is not empty and not a repository.",
                advice: "Choose another path. What an interrupted 'safehold init' left behind can be deleted.")
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
