import Primitives
import Storage
import StorageConformance

/// Something that a repository relies on, and what it stands on in this store.
package struct StoreGuarantee: Sendable, Equatable {
    package var promise: String
    /// Nil where nothing keeps the promise.
    package var standsOn: String?
    /// What follows for whoever uses the store.
    package var consequence: String

    static func all(
        _ facts: StoreFacts, _ checksums: [StoreFacts.Checksum], _ report: ConformanceSuite.Report
    ) -> [StoreGuarantee] {
        let broken = Set(report.findings.map(\.rule))
        let isTold = ConformanceSuite.rulesOfTakenNames.allSatisfy { !broken.contains($0) }
        let others = broken.subtracting(ConformanceSuite.rulesOfTakenNames)
        return [
            takenNames(facts.takenNames, isTold), seen(others), whole(facts, checksums), kept(facts),
        ]
    }

    private static func takenNames(_ found: StoreFacts.TakenNames, _ isTold: Bool) -> StoreGuarantee {
        let promise = "A taken name is refused"
        let basis: String? =
            switch found {
            case .fileSystem: "the file system: a link to a taken name fails"
            case .firstVersion: "the first version of a name, which is the object whatever comes later"
            case .condition: "the server's condition (If-None-Match: *)"
            case .nothing, .untried: nil
            }
        guard isTold, let basis else {
            return StoreGuarantee(
                promise: promise, standsOn: nil,
                consequence:
                    "Nobody may collect here, and two hosts with one identity could spoil each other's backups. Switch versioning on."
            )
        }
        return StoreGuarantee(
            promise: promise, standsOn: basis, consequence: "Any number of hosts write; one may collect.")
    }

    private static func seen(_ broken: Set<String>) -> StoreGuarantee {
        StoreGuarantee(
            promise: "What was written is read, sized and listed at once, whole and under its name",
            standsOn: broken.isEmpty ? "the store, as far as it was tried" : nil,
            consequence: broken.isEmpty
                ? "A backup that has ended is there."
                : "Keep no repository here before this is mended: see the rules that do not hold.")
    }

    private static func whole(_ facts: StoreFacts, _ checksums: [StoreFacts.Checksum]) -> StoreGuarantee {
        let checked = checksums.filter(\.isChecked).map(\.kind)
        let after = facts.kind == "directory" ? "the file system" : "a look at each object after it was written"
        return StoreGuarantee(
            promise: "What arrives is what was sent",
            standsOn: checked.isEmpty
                ? after : "\(after), and the server refuses what does not fit \(checked.joined(separator: " or "))",
            consequence: "Whatever is read later is checked again by its hash or key.")
    }

    private static func kept(_ facts: StoreFacts) -> StoreGuarantee {
        let promise = "What was written stays"
        if facts.locks {
            let always = facts.defaultRetention.map { ", for \($0.days) days by the bucket's own default" } ?? ""
            return StoreGuarantee(
                promise: promise, standsOn: "object lock\(always)",
                consequence: "'safehold storage lock' says how long backups are locked.")
        }
        if facts.versions == .on {
            return StoreGuarantee(
                promise: promise, standsOn: "versions: what is put over an object changes nothing",
                consequence: "Whoever may remove versions can still take it away.")
        }
        return StoreGuarantee(
            promise: promise, standsOn: "nobody else having the right to write here",
            consequence: "Whoever may write here can take backups away. Keep a second copy elsewhere.")
    }
}
