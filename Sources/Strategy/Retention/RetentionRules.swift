import Primitives

/// Which policy goes for which component.
package struct RetentionRules: Sendable, Equatable {
    package var policies: [String: RetentionPolicy]
    /// For components that are not named; nil where their snapshots all stay.
    package var other: RetentionPolicy?

    package init(_ policies: [String: RetentionPolicy] = [:], other: RetentionPolicy? = nil) {
        (self.policies, self.other) = (policies, other)
    }

    package init(_ strategy: BackupStrategy) {
        self.init(
            Dictionary(strategy.components.map { ($0.name, $0.retention) }, uniquingKeysWith: { first, _ in first }))
    }

    package func policy(of component: String) -> RetentionPolicy {
        policies[component] ?? other ?? .everything
    }

    /// The bytes of the one policy where there is only one.
    func encoded() -> [UInt8] {
        let fallback = other ?? .everything
        guard !policies.isEmpty else { return fallback.encoded() }
        var writer = ByteWriter()
        writer.counted(fallback.encoded())
        writer.varint(policies.count)
        for (name, policy) in policies.sorted(by: { $0.key < $1.key }) {
            writer.counted(name)
            writer.counted(policy.encoded())
        }
        return writer.bytes
    }
}
