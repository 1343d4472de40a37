import Primitives
import Sealing

/// Something that is about to be done, as the audit log is told of it: what and on what, never with which values.
package struct Act: Sendable {
    /// What it does to what is backed up, and to what protects it.
    package enum Effect: String, Sendable, CaseIterable {
        /// Shows something, or takes it out.
        case view
        case add
        case change
        /// Takes away what cannot be had again, or what protected it.
        case remove
    }

    /// A word that never changes its meaning: it is searched for in ten years.
    package var name: String
    package var effect: Effect
    package var objects: [ActObject]
    package var reason: String?
    /// Of the plan that is carried out, where one was given.
    package var plan: Digest32?
    /// Of the strategy file that it goes by.
    package var strategy: Digest32?
    /// Of somebody who has signed in; nil where only the operating system vouches for who acts.
    package var session: AuditSession?
    /// A program asked for it, and no person.
    package var isByHost = false
    /// It only finds out what is wrong here: it is done also where it cannot be written down, and begins no log.
    package var isDiagnosis = false
    /// It is done so often that one pair of entries stands for an hour of it.
    package var isStanding = false

    package init(
        _ name: String, _ effect: Effect, on objects: [ActObject] = [], reason: String? = nil
    ) {
        (self.name, self.effect, self.objects, self.reason) = (name, effect, objects, reason)
    }
}

/// What an act is done to.
package struct ActObject: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case component, contact, evidence, host, incident, key, log, medium, person, repository, request, review, role,
            run, signature, snapshot, store
        case strategy, target
        /// Further ones, for which an entry has no room.
        case more
    }

    package var kind: Kind
    package var name: EntryText

    package init(_ kind: Kind, _ name: some StringProtocol) {
        (self.kind, self.name) = (kind, EntryText(String(name)))
    }

    package init(_ kind: Kind, bytes: [UInt8]) { (self.kind, self.name) = (kind, EntryText(bytes)) }

    private init(_ kind: Kind, text: EntryText) { (self.kind, self.name) = (kind, text) }

    private static let most = 24

    /// As many as an entry holds; of the others how many there are, and the digest over their names.
    static func bounded(_ objects: [ActObject]) -> [ActObject] {
        guard objects.count > most else { return objects }
        let rest = objects[(most - 1)...]
        let digest = SHA256Digest.of(rest.flatMap { Array("\($0.kind.rawValue) \($0.name)\n".utf8) })
        return objects[..<(most - 1)] + [ActObject(.more, "\(rest.count) sha256:\(digest.hex)")]
    }

    var json: JSON {
        var object = JSONObject()
        object.set("kind", kind.rawValue)
        object.set("name", name.description)
        return object.value
    }

    init?(_ json: JSON) {
        guard let kind = json["kind"]?.text.flatMap(Kind.init(rawValue:)), let name = json["name"]?.text else {
            return nil
        }
        self.init(kind, text: EntryText(verbatim: name))
    }
}

/// How an act came to its end.
package struct ActEnding: Sendable, Equatable {
    package enum Result: String, Sendable, CaseIterable {
        case ok
        /// Something was left out.
        case partial
        /// Damage was found.
        case damaged
        /// What was asked for does not exist.
        case absent
        /// It was not let through, or not begun.
        case refused
        case failed
        /// Whoever did it was gone before the end was written.
        case interrupted
    }

    package var result: Result
    package var code: Failure.Code?
    /// What became known on the way.
    package var objects: [ActObject] = []
    package var plan: Digest32?
    /// What the clocks of the stores said that it talked to.
    package var stores: [StoreReading] = []

    package init(_ result: Result, _ code: Failure.Code? = nil) { (self.result, self.code) = (result, code) }

    package init(_ failure: Failure) {
        let isRefused =
            switch failure.code.class {
            case .denied, .usage: true
            default: failure.code == .objectLocked
            }
        self.init(failure.code == .interrupted ? .interrupted : isRefused ? .refused : .failed, failure.code)
    }
}
