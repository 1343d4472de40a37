import Primitives
import Strategy

/// Asks an outside address as long as all is well. Whoever is behind it raises the alarm when nobody asks any more: also when this host is
/// gone, and with it everything that could tell.
package struct DeadManSwitch: Sendable {
    private let plan: NotificationPlan.DeadManPing
    private let authorityFile: String?
    private let patience: ChannelPatience

    package init(
        _ plan: NotificationPlan.DeadManPing, authorityFile: String? = nil,
        patience: ChannelPatience = ChannelPatience()
    ) {
        (self.plan, self.authorityFile, self.patience) = (plan, authorityFile, patience)
    }

    /// One GET over TLS 1.3; any status from 200 to 299 will do. The address itself is never in what is thrown.
    package func ping() throws(MessageFailure) {
        guard let address = WebAddress(try url()) else {
            throw MessageFailure(
                "The dead-man address begins with https:// and holds no user, no password and no space.",
                isHopeless: true)
        }
        try WebRequest(
            address: address, headers: ["User-Agent: safehold"], authorityFile: authorityFile, patience: patience
        ).send()
    }

    private func url() throws(MessageFailure) -> String {
        if let url = plan.url { return url }
        guard let file = plan.urlFile else { throw MessageFailure("No dead-man address is given.", isHopeless: true) }
        do {
            return try SecretFile.withSecret(file) { String(decoding: $0, as: UTF8.self) }
        } catch let failure as MessageFailure {
            throw failure
        } catch {
            throw MessageFailure("\(error)")
        }
    }
}
