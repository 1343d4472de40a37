import Primitives

/// Who acts.
package struct AuditActor: Sendable, Equatable {
    package enum Kind: String, Sendable { case person, host }

    package var kind: Kind
    /// The effective user id of the process, and that user's name.
    package var uid: UInt32
    package var name: String
    /// Who logged in, as the kernel remembers it through `sudo` and `su`; nil where it does not know.
    package var loginUID: UInt32?
    package var host: String
    /// How it is known: `operating-system`, or the means of a session.
    package var authentication: String
    package var session: String?

    package init(
        kind: Kind, uid: UInt32, name: String, loginUID: UInt32?, host: String,
        authentication: String = "operating-system", session: String? = nil
    ) {
        (self.kind, self.uid, self.name, self.loginUID) = (kind, uid, name, loginUID)
        (self.host, self.authentication, self.session) = (host, authentication, session)
    }

    private static let longest = 256

    var json: JSON {
        var object = JSONObject()
        object.set("host", EntryText(host, limit: Self.longest).description)
        object.set("how", EntryText(authentication, limit: Self.longest).description)
        object.set("kind", kind.rawValue)
        object.set("login", loginUID.map(UInt64.init))
        object.set("name", EntryText(name, limit: Self.longest).description)
        object.set("session", session.map { EntryText($0, limit: Self.longest).description })
        object.set("uid", UInt64(uid))
        return object.value
    }

    init?(_ json: JSON?) {
        guard let json, let kind = json["kind"]?.text.flatMap(Kind.init(rawValue:)), let name = json["name"]?.text,
            let uid = json["uid"]?.count.flatMap(UInt32.init(exactly:)), let host = json["host"]?.text,
            let how = json["how"]?.text
        else { return nil }
        self.init(
            kind: kind, uid: uid, name: name, loginUID: json["login"]?.count.flatMap(UInt32.init(exactly:)),
            host: host, authentication: how, session: json["session"]?.text)
    }
}

/// When something was written down: by the clock that can be set, and by the one that cannot.
package struct AuditMoment: Sendable, Equatable {
    package var time: Timestamp
    /// Since the host started, in microseconds; it goes on during sleep.
    package var uptime: UInt64
    /// Which start of the host that was.
    package var boot: String

    package init(time: Timestamp, uptime: UInt64, boot: String) {
        (self.time, self.uptime, self.boot) = (time, uptime, boot)
    }

    var json: JSON {
        var object = JSONObject()
        object.set("boot", EntryText(boot, limit: 128).description)
        object.set("time", time)
        object.set("uptime_us", uptime)
        return object.value
    }

    init?(_ json: JSON?) {
        guard let json, let time = json["time"]?.text.flatMap(Timestamp.init(precise:)),
            let uptime = json["uptime_us"]?.count, let boot = json["boot"]?.text
        else { return nil }
        self.init(time: time, uptime: uptime, boot: boot)
    }
}

extension Timestamp {
    /// Reads what `preciseDescription` writes.
    init?(precise text: String) {
        guard let point = text.firstIndex(of: ".") else {
            self.init(description: text)
            return
        }
        let digits = text[text.index(after: point)...].dropLast()
        guard text.last == "Z", digits.utf8.count == 9, let fraction = Int64(digits), fraction >= 0,
            let whole = Timestamp(description: text[..<point] + "Z")
        else { return nil }
        self.init(nanoseconds: whole.nanoseconds + fraction)
    }
}
