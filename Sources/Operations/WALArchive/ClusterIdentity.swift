import Primitives

/// Which cluster a data directory holds.
package enum ClusterIdentity {
    /// The system identifier that global/pg_control begins with, in every version; nil where there is none.
    package static func read(ofDataDirectory directory: String) throws -> UInt64? {
        guard let bytes = try LocalFile.read(directory + "/global/pg_control", limit: 1 << 20), bytes.count >= 12
        else {
            return nil
        }
        func number(_ range: Range<Int>) -> UInt64 { bytes[range].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        // Its version, such as 1300: what it has where the bytes are in another order is none.
        guard (900...9999).contains(number(8..<12)) else { return nil }
        return number(0..<8)
    }

    /// The same; nil also where it cannot be read.
    package static func system(ofDataDirectory directory: String) -> UInt64? {
        (try? read(ofDataDirectory: directory)) ?? nil
    }
}
