import Primitives
import Storage

/// Holds what a store's log says beside what our hosts remember of their requests.
struct AccessMatch {
    enum Reason: String, CaseIterable, Sendable {
        case unrecorded, principal, address, time
    }

    struct Foreign: Equatable {
        var access: StoreAccess
        var reasons: [Reason]
    }

    /// Known besides those of requests that are in our records.
    var principals: Set<String> = []
    var addresses: Set<String> = []

    /// A host runs from a while before a request of its until a while after: clocks differ, and logs tell when a request was finished.
    static let slack: Int64 = 300_000_000_000

    private(set) var ours = 0
    private(set) var foreign: [Foreign] = []

    init(principals: Set<String> = [], addresses: Set<String> = []) {
        (self.principals, self.addresses) = (principals, addresses)
    }

    /// Takes what concerns the bucket, or is below the prefix.
    mutating func run(_ log: [StoreAccess], records: [StoreAccess], bucket: String, prefix: String) {
        let mine = Set(records.filter { $0.bucket == bucket }.map(\.request).filter { !$0.isEmpty })
        let times = records.filter { $0.bucket == bucket }.map(\.time.nanoseconds).sorted()
        let concerned = log.filter { $0.bucket == bucket && ($0.key.isEmpty || $0.key.hasPrefix(prefix)) }
        let known = concerned.filter { mine.contains($0.request) }
        ours = known.count
        principals.formUnion(known.map(\.principal))
        addresses.formUnion(known.map { Self.host($0.address) })
        foreign = concerned.filter { !mine.contains($0.request) }.map { access in
            var reasons: [Reason] = [.unrecorded]
            if !principals.contains(access.principal) { reasons.append(.principal) }
            if !addresses.contains(Self.host(access.address)) { reasons.append(.address) }
            if !Self.isNear(access.time.nanoseconds, times) { reasons.append(.time) }
            return Foreign(access: access, reasons: reasons)
        }
    }

    /// Without a port.
    private static func host(_ address: String) -> String {
        let parts = address.split(separator: ":")
        return parts.count == 2 ? String(parts[0]) : address
    }

    private static func isNear(_ time: Int64, _ times: [Int64]) -> Bool {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < time - slack { low = middle + 1 } else { high = middle }
        }
        return low < times.count && times[low] <= time + slack
    }
}
