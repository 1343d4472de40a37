import Primitives
import RepositoryEngine
import Strategy

/// Which components a person wants, and as of when.
package struct ComponentRequest: Sendable {
    package var moment: SetSelection.Moment
    /// Empty: all that there are.
    package var components: [String]
    /// Of which host; needed where several back up components of the same name.
    package var host: String?

    package init(_ moment: SetSelection.Moment, components: [String] = [], host: String? = nil) {
        (self.moment, self.components, self.host) = (moment, components, host)
    }
}

/// A snapshot that was chosen to stand for its component.
package struct ChosenComponent: Sendable {
    package let snapshot: CatalogedSnapshot
    package let summary: SnapshotSummary
    package let details: SnapshotDetails
    package let folder: ComponentFolder

    package var name: String { details.component }
    package var isComplete: Bool { details.problems == 0 }

    fileprivate init(_ snapshot: CatalogedSnapshot, _ details: SnapshotDetails, in opened: OpenedRepository) {
        (self.snapshot, self.details) = (snapshot, details)
        summary = SnapshotSummary(snapshot, keyring: opened.repository.keyring, details: details)
        folder = ComponentFolder(component: details.component, tags: details.tags)
    }
}

/// One snapshot of each component.
package struct ChosenComponents: Sendable {
    /// Of the set, or of the newest snapshot.
    package let stamp: SetStamp
    package let isSet: Bool
    /// In the order of the kinds, then by name.
    package let members: [ChosenComponent]
    /// Components that the set should hold and does not.
    package let missing: [String]

    /// Something that was to be there is not, or not whole.
    package var isPartial: Bool { !missing.isEmpty || members.contains { !$0.isComplete } }

    /// Throws `snapshot-missing` where there is none, `usage` where it takes a host to tell. Snapshots that the key does not open do not count.
    package init(_ request: ComponentRequest, in opened: OpenedRepository) throws {
        var found: [(snapshot: CatalogedSnapshot, details: SnapshotDetails)] = []
        for snapshot in opened.catalog.committed {
            guard let description = try? snapshot.description(opener: opened.opener) else { continue }
            if let host = request.host, description.host != host { continue }
            // What is archived of a log is no backup by itself.
            if ArchivedFiles.isLog(component: description.component, tags: description.tags) { continue }
            found.append((snapshot, SnapshotDetails(description)))
        }
        let candidates = found.map { SetCandidate($0.details, time: $0.snapshot.record.time) }
        let selection: SetSelection
        do {
            selection = try SetSelection(request.moment, components: request.components, from: candidates)
        } catch {
            throw Self.failure(error, request)
        }
        (stamp, isSet, missing) = (selection.stamp, selection.isSet, selection.missing)
        let chosen = selection.members.map { index in
            ChosenComponent(found[index].snapshot, found[index].details, in: opened)
        }
        members = chosen.sorted { ($0.order, $0.name) < ($1.order, $1.name) }
    }

    /// One snapshot, whichever others there are.
    init(_ snapshot: CatalogedSnapshot, in opened: OpenedRepository) throws {
        let details = SnapshotDetails(try snapshot.description(opener: opened.opener))
        (stamp, isSet, missing) = (SetStamp(snapshot.record.time), false, [])
        members = [ChosenComponent(snapshot, details, in: opened)]
    }

    private static func failure(_ refusal: SetSelection.Refusal, _ request: ComponentRequest) -> Failure {
        switch refusal {
        case .nothing:
            let where_ = request.host.map { " of the host '\($0)'" } ?? ""
            return Failure(
                .snapshotMissing, "There is no snapshot\(where_) to take components from.",
                advice: "'safehold snapshots' lists what there is, with a key also hosts and components.")
        case .noSuchSet(let stamp, let known):
            let newest = known.prefix(5).map(\.description).joined(separator: ", ")
            return Failure(
                .snapshotMissing, "There is no set \(stamp).",
                advice: known.isEmpty
                    ? "No snapshot belongs to a set; --latest takes the newest of each component."
                    : "The newest sets are \(newest).")
        case .unknown(let components):
            return Failure(
                .snapshotMissing,
                "There is no snapshot of \(components.map { "'\($0)'" }.joined(separator: ", ")).",
                advice: "'safehold snapshots' lists what there is, with a key also the components.")
        case .severalHosts(let hosts):
            return Failure(
                .usage, "Several hosts back up a component of the same name: \(hosts.joined(separator: ", ")).",
                advice: "Say which one with --host.")
        }
    }
}

extension ChosenComponent {
    fileprivate var order: Int {
        folder.kind.flatMap { ComponentKind.allCases.firstIndex(of: $0) } ?? ComponentKind.allCases.count
    }
}

extension SetCandidate {
    fileprivate init(_ details: SnapshotDetails, time: Timestamp) {
        let stamp = details.tags.lazy.filter { $0.hasPrefix(SetStamp.tagPrefix) }.compactMap {
            SetStamp($0.dropFirst(SetStamp.tagPrefix.count))
        }.first
        self.init(
            component: details.component, host: details.host, time: time, isComplete: details.problems == 0,
            stamp: stamp)
    }
}
