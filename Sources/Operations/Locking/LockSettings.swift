import Primitives
import RepositoryEngine
import Storage

/// Locks as a person gives and sees them.
package struct LockSettings: Sendable {
    package struct RetentionClass: Sendable {
        package var name: String
        package var days: UInt32
    }

    package static let modes = ObjectLock.Mode.allCases.map(\.rawValue)

    package let mode: String
    package let classes: [RetentionClass]
    package let cohortDays: UInt32
    package let minimumDays: UInt32
    package let maximumDays: UInt32
    /// Of the record that put them in force; zero before that.
    package private(set) var number: UInt64 = 0
    package private(set) var since = Timestamp(nanoseconds: 0)
    let policy: LockPolicy

    /// `classes` are written NAME=DAYS, the usual one first. Throws `usage` for what cannot be meant.
    package init(
        mode: String, classes: [String], cohortDays: UInt32 = 30, minimumDays: UInt32? = nil, maximumDays: UInt32? = nil
    ) throws {
        guard let mode = ObjectLock.Mode(rawValue: mode) else {
            throw Failure(
                .usage, "There is no lock mode '\(mode)'.",
                advice: "There are: \(Self.modes.joined(separator: ", ")).")
        }
        self.init(
            try LockPolicy(
                mode: mode, classes: try classes.map(Self.parse), cohortDays: cohortDays, minimumDays: minimumDays,
                maximumDays: maximumDays))
    }

    private static func parse(_ text: String) throws -> LockPolicy.RetentionClass {
        let sides = text.split(separator: "=", omittingEmptySubsequences: false)
        guard sides.count == 2, let days = UInt32(sides[1]) else {
            throw Failure(
                .usage, "'\(text)' is no class of retention.",
                advice: "Give its name and its days, such as daily=14.")
        }
        return .init(name: String(sides[0]), days: days)
    }

    private init(_ policy: LockPolicy) {
        self.policy = policy
        mode = policy.mode.rawValue
        classes = policy.classes.map { RetentionClass(name: $0.name, days: $0.days) }
        (cohortDays, minimumDays, maximumDays) = (policy.cohortDays, policy.minimumDays, policy.maximumDays)
    }

    init(_ record: LockPolicyRecord) {
        self.init(record.policy)
        (number, since) = (record.number, record.time)
    }
}
