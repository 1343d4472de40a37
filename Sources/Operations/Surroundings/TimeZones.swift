import Primitives
import Strategy

/// The tz database of this system.
package enum TimeZones {
    private static let folder = "/usr/share/zoneinfo"

    /// Throws `strategy-invalid` for a name that the database does not have, and `state-unusable` where it cannot be read.
    package static func rules(_ name: String) throws -> TimeZoneRules {
        if name == "UTC" { return .utc }
        guard isName(name), let bytes = try LocalFile.read("\(folder)/\(name)", limit: 1 << 20) else {
            throw Failure(
                .strategyInvalid, "This system knows no time zone '\(name)'.",
                advice: "Use a name such as 'Europe/Berlin' or 'UTC', and install the package tzdata.")
        }
        do {
            return try TimeZoneRules(parsing: bytes)
        } catch {
            throw Failure(
                .stateUnusable, "The time zone file \(folder)/\(name) \(error.problem).",
                advice: "Install the package tzdata anew.")
        }
    }

    package static func has(_ name: String) -> Bool { (try? rules(name)) != nil }

    /// No way out of the folder.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0.first != "."
            }
    }
}
