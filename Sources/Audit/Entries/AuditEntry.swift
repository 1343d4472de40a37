import Primitives

/// One entry of the log: that something is about to be done, or how it ended. Its bytes are canonical JSON (docs/audit-log.md).
package struct AuditEntry: Sendable {
    package struct Intent: Sendable {
        package var act: String
        package var effect: Act.Effect
        package var objects: [ActObject]
        package var reason: String?
        package var plan: Digest32?
        package var strategy: Digest32?
        package var isStanding: Bool
        package var process: UInt64
    }

    package struct Outcome: Sendable {
        /// The number of the intent that it ends.
        package var intent: UInt64
        package var act: String
        package var ending: ActEnding
        /// Written by somebody else, who found that nobody is at it any more.
        package var isReconciled: Bool
    }

    package enum Content: Sendable {
        case intent(Intent)
        case outcome(Outcome)
    }

    package static let version: UInt64 = 1

    package var content: Content
    package var actor: AuditActor
    package var moment: AuditMoment
    package var software: String

    package init(_ content: Content, by actor: AuditActor, at moment: AuditMoment, software: String) {
        (self.content, self.actor, self.moment, self.software) = (content, actor, moment, software)
    }

    /// At most 40 KiB, whatever was given.
    package var bytes: [UInt8] {
        var object = JSONObject()
        object.set("v", Self.version)
        object.set("by", actor.json)
        object.set("when", moment.json)
        object.set("software", EntryText(software, limit: 256).description)
        switch content {
        case .intent(let intent): intent.fill(&object)
        case .outcome(let outcome): outcome.fill(&object)
        }
        return CanonicalJSON.bytes(object.value)
    }

    /// Members that this version does not know are passed over.
    package init(parsing bytes: [UInt8]) throws(EncodingError) {
        let json = try JSON(parsing: bytes)
        guard let version = json["v"]?.count, version >= 1 else { throw EncodingError("states no version") }
        guard version == Self.version else { throw EncodingError("is of version \(version), which is newer") }
        guard let actor = AuditActor(json["by"]), let moment = AuditMoment(json["when"]),
            let software = json["software"]?.text
        else { throw EncodingError("does not say who, when and with what") }
        let content: Content? =
            switch json["entry"]?.text {
            case "intent": Intent(json).map(Content.intent)
            case "outcome": Outcome(json).map(Content.outcome)
            default: nil
            }
        guard let content else { throw EncodingError("is neither an intent nor an outcome") }
        self.init(content, by: actor, at: moment, software: software)
    }
}

extension AuditEntry.Intent {
    init(_ act: Act, process: UInt64) {
        self.init(
            act: act.name, effect: act.effect, objects: act.objects, reason: act.reason, plan: act.plan,
            strategy: act.strategy, isStanding: act.isStanding, process: process)
    }

    private static let longestReason = 4096

    fileprivate func fill(_ object: inout JSONObject) {
        object.set("entry", "intent")
        object.set("act", EntryText(act, limit: 128).description)
        object.set("effect", effect.rawValue)
        object.set("on", ActObject.json(objects))
        object.set("reason", reason.map { EntryText($0, limit: Self.longestReason).description })
        object.set("plan", plan?.hex)
        object.set("strategy", strategy?.hex)
        if isStanding { object.set("standing", true) }
        object.set("process", process)
    }

    fileprivate init?(_ json: JSON) {
        guard let act = json["act"]?.text, let effect = json["effect"]?.text.flatMap(Act.Effect.init(rawValue:)),
            let objects = ActObject.list(json["on"]), let process = json["process"]?.count
        else { return nil }
        self.init(
            act: act, effect: effect, objects: objects, reason: json["reason"]?.text,
            plan: json["plan"]?.text.flatMap(Digest32.init(hex:)),
            strategy: json["strategy"]?.text.flatMap(Digest32.init(hex:)), isStanding: json["standing"]?.flag ?? false,
            process: process)
    }
}

extension AuditEntry.Outcome {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("entry", "outcome")
        object.set("act", EntryText(act, limit: 128).description)
        object.set("of", intent)
        object.set("result", ending.result.rawValue)
        object.set("code", ending.code?.rawValue)
        object.set("on", ActObject.json(ending.objects))
        object.set("plan", ending.plan?.hex)
        if isReconciled { object.set("reconciled", true) }
    }

    fileprivate init?(_ json: JSON) {
        guard let act = json["act"]?.text, let intent = json["of"]?.count,
            let result = json["result"]?.text.flatMap(ActEnding.Result.init(rawValue:)),
            let objects = ActObject.list(json["on"])
        else { return nil }
        var ending = ActEnding(result, json["code"]?.text.flatMap(Failure.Code.init(rawValue:)))
        ending.objects = objects
        ending.plan = json["plan"]?.text.flatMap(Digest32.init(hex:))
        self.init(intent: intent, act: act, ending: ending, isReconciled: json["reconciled"]?.flag ?? false)
    }
}

extension ActObject {
    fileprivate static func json(_ objects: [ActObject]) -> JSON? {
        objects.isEmpty ? nil : .list(bounded(objects).map(\.json))
    }

    /// Nil for what is no list of objects; those of kinds that this version does not know are left out.
    fileprivate static func list(_ json: JSON?) -> [ActObject]? {
        guard let json else { return [] }
        return json.list.map { $0.compactMap(ActObject.init) }
    }
}
