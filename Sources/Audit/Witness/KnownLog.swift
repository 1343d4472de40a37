import Primitives
import Sealing
import TransparencyLog

/// A log that a witness knows: whose signatures it has to bear, and the newest tree that was cosigned of it.
package struct KnownLog: Sendable {
    package let policy: TrustPolicy
    package let origin: NoteName
    package fileprivate(set) var tree: TreeHead

    /// Nil where the policy is not that of one log.
    init?(_ policy: TrustPolicy, _ tree: TreeHead = .empty) {
        let names = Set(policy.logs.map(\.key.name))
        guard let origin = names.first, names.count == 1 else { return nil }
        (self.policy, self.origin, self.tree) = (policy, origin, tree)
    }

    /// What the names of our own logs end with, as repositories keep them.
    package var id: String { String(origin.description.split(separator: "/").last ?? "") }

    /// Those of the log itself: who the policy's witnesses are beside it is no matter of this one.
    var keys: [VerifierKey] {
        policy.logs.map(\.key) + policy.witnesses.map(\.key).filter { $0.name == origin }
    }

    /// Whether it bears each of the log's signatures.
    func isSigned(_ note: SignedNote) -> Bool {
        let signed = (try? note.verified(by: keys))?.map(\.key) ?? []
        return keys.allSatisfy(signed.contains)
    }

    init?(_ bytes: [UInt8]) {
        guard let json = try? JSON(parsing: bytes), json["v"]?.count == 1, let text = json["policy"]?.text,
            let policy = try? TrustPolicy(text), let size = json["size"]?.count,
            let root = json["root"]?.text.flatMap(Digest32.init(hex:))
        else { return nil }
        self.init(policy, TreeHead(size: size, root: root))
    }

    var bytes: [UInt8] {
        var object = JSONObject()
        object.set("v", UInt64(1))
        object.set("policy", String(decoding: policy.bytes, as: UTF8.self))
        object.set("size", tree.size)
        object.set("root", tree.root.hex)
        return CanonicalJSON.bytes(object.value) + [0x0A]
    }

    /// The name of the file that a log is remembered in.
    static func file(_ origin: NoteName) -> String { String(SHA256Digest.of(origin.utf8).hex.prefix(32)) }

    func grown(to tree: TreeHead) -> KnownLog {
        var log = self
        log.tree = tree
        return log
    }
}
