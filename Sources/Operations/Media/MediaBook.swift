import Primitives

/// The journals of a repository's media, in this host's state: what is known while a medium lies in a safe elsewhere.
package struct MediaBook: Sendable {
    private let folder: String

    package init(_ state: HostState, repository: RepositoryID) { folder = state.folder(of: repository) + "/media" }

    private func path(_ id: MediumID) -> String { folder + "/" + id.hex + ".journal" }

    package func journal(of id: MediumID) throws -> MediumJournal {
        MediumJournal(decoding: try LocalFile.read(path(id), limit: MediumJournal.sizeLimit) ?? [])
    }

    package func save(_ journal: MediumJournal, of id: MediumID) throws {
        try LocalFile.makeDirectories(folder)
        try LocalFile.write(journal.encoded(), to: path(id))
    }

    /// All media that this host knows, by label.
    package func all() throws -> [MediumFacts] {
        var found: [MediumFacts] = []
        for name in try LocalFile.names(in: folder) {
            guard name.hasSuffix(".journal"), let id = MediumID(hex: name.dropLast(8)) else { continue }
            guard let facts = MediumFacts(try journal(of: id)), facts.id == id else {
                throw Failure(
                    .stateUnusable, "\(folder)/\(name) is not the journal of a medium.",
                    advice: "Remove the file and attach the medium: 'safehold media in PATH' takes its journal over.")
            }
            found.append(facts)
        }
        return found.sorted { ($0.label, $0.id) < ($1.label, $1.id) }
    }

    /// The media of one repository, or of all that this host keeps a book of.
    package static func all(in state: HostState, of repository: RepositoryID?) throws -> [MediumFacts] {
        if let repository { return try MediaBook(state, repository: repository).all() }
        var found: [MediumFacts] = []
        for name in try LocalFile.names(in: state.root) {
            guard let id = RepositoryID(hex: name) else { continue }
            found += try MediaBook(state, repository: id).all()
        }
        return found
    }

    static func medium(labelled label: String, of repository: RepositoryID?, in state: HostState) throws -> MediumFacts
    {
        let all = try all(in: state, of: repository)
        let matching = all.filter { $0.label == label || ($0.id.hex.hasPrefix(label) && label.count >= 8) }
        guard let found = matching.first else {
            let known = all.isEmpty ? "It knows none." : "It knows: " + all.map(\.label).joined(separator: ", ") + "."
            throw Failure(
                .mediumMissing, "This host's book has no medium '\(label)'. \(known)",
                advice: "Check the label, or give the path where the medium is attached.")
        }
        guard matching.count == 1 else {
            throw Failure(
                .usage, "Several media are called '\(label)'.",
                advice: "Name the repository with --repository, or give the beginning of the medium's id.")
        }
        return found
    }
}
