import CLinux
import Capture
import Glibc
import Primitives
import Strategy

/// The place of a recovery, looked at and found fit; nothing is changed by looking.
struct RecoverySite: Sendable {
    let layout: RecoveryLayout
    /// Whether there is something that is compared and amended.
    let isInPlace: Bool

    /// Throws `target-unusable` where a server runs there, where what is there is somebody else's, and where there is something and nothing should be.
    init(_ directory: String, _ request: RecoveryRequest, _ base: StoredBaseBackup) throws {
        let marker = try RecoveryMarker.read(in: directory)
        if let process = try DataDirectory.server(in: directory) {
            throw Self.refusal(
                "A server runs on \(directory), as process \(process)",
                "Stop it with 'pg_ctl stop -D \(directory)' or through your service manager; then run this again.")
        }
        // What an interrupted recovery left is nobody's data any more.
        let isResumed = marker.map { $0.systemIdentifier == base.facts.systemIdentifier } ?? false
        isInPlace = request.isInPlace || (isResumed && marker?.isInPlace == true)
        if request.isInPlace {
            try Self.checkOwn(directory, marker, base.facts.systemIdentifier)
        } else if !isResumed, let name = try DataDirectory.content(of: directory) {
            throw Self.refusal(
                "\(directory) is not empty: there is '\(name)' in it",
                "Give an empty or a new directory, or recover over what is there with --in-place.")
        }
        let tablespaces = try Self.tablespaces(directory, request, base)
        // Another server's may lie where a mapping was mistyped, or forgotten when an interrupted recovery was taken up again.
        let own = request.isInPlace ? try DataDirectory.tablespaces(of: directory) : []
        for tablespace in tablespaces {
            if marker?.tablespaces.contains(tablespace.target) == true { continue }
            if let place = DataDirectory.resolved(tablespace.target), own.contains(place) { continue }
            guard let name = try DataDirectory.content(of: tablespace.target) else { continue }
            throw Self.refusal(
                "The tablespace \(tablespace.oid) cannot go to \(tablespace.target): there is '\(name)' in it",
                "Give an empty or a new directory with --tablespace-mapping \(tablespace.oid)=DIR.")
        }
        layout = RecoveryLayout(
            component: base.component, dataDirectory: directory, tablespaces: tablespaces,
            logDirectory: isInPlace ? DataDirectory.linked(directory + "/pg_wal") : nil)
    }

    private static func checkOwn(_ directory: String, _ marker: RecoveryMarker?, _ identifier: UInt64) throws {
        guard let found = try marker?.systemIdentifier ?? ClusterIdentity.read(ofDataDirectory: directory) else {
            throw refusal(
                "\(directory) is not a server's data directory: it has no control file",
                "Check --to; into an empty or a new directory recover without --in-place.")
        }
        guard found == identifier || (marker != nil && found == 0) else {
            throw refusal(
                "\(directory) belongs to another server: its system identifier is \(found), the base backup's \(identifier)",
                "Check --to and --component. Nothing was changed.")
        }
    }

    private static func refusal(_ message: String, _ advice: String) -> Failure {
        Failure(.targetUnusable, message + ".", advice: advice)
    }

    private static func tablespaces(_ directory: String, _ request: RecoveryRequest, _ base: StoredBaseBackup) throws
        -> [(oid: UInt32, target: String)]
    {
        let known = base.facts.tablespaces
        for mapping in request.mappings where !known.contains(where: { mapping.isFor($0.oid, $0.location) }) {
            let names = known.map { "\($0.oid)=\($0.location)" }
            throw Failure(
                .usage, "The base backup has no tablespace that the mapping to \(mapping.target) is for.",
                advice: names.isEmpty ? "It has no tablespaces." : "It has: \(names.joined(separator: ", ")).")
        }
        let all = try known.map { tablespace in
            let mapped = request.mappings.last { $0.isFor(tablespace.oid, tablespace.location) }?.target
            // Where a server has it now counts before where it was when it was backed up.
            let linked =
                request.isInPlace ? DataDirectory.linked("\(directory)/pg_tblspc/\(tablespace.oid)") : nil
            return (oid: tablespace.oid, target: try mapped ?? linked ?? place(of: tablespace))
        }
        let places = all.map(\.target) + [directory]
        guard Set(places).count == places.count, !all.contains(where: { $0.target.hasPrefix(directory + "/") }) else {
            throw Failure(
                .usage, "Two tablespaces, or one and the data directory, would come into the same place.",
                advice: "Give each tablespace a directory of its own, outside of the data directory.")
        }
        return all
    }
}

extension RecoverySite {
    /// Where it was. It is the repository's word, and comes from elsewhere.
    private static func place(of tablespace: BaseBackupFacts.Tablespace) throws -> String {
        let location = tablespace.location
        guard location.hasPrefix("/"), !location.split(separator: "/").contains("..") else {
            throw refusal(
                "The tablespace \(tablespace.oid) was at '\(location)' on the server, which is no place here",
                "Give it one with --tablespace-mapping \(tablespace.oid)=DIR.")
        }
        return location
    }
}

extension TablespaceMapping {
    func isFor(_ oid: UInt32, _ location: String) -> Bool {
        switch origin {
        case .oid(let number): number == oid
        case .directory(let directory): directory == location
        }
    }
}
