import Primitives

/// Who acts.
package struct AuditActor: Sendable, Equatable {
    package enum Kind: String, Sendable { case person, service, host }

    package var kind: Kind
    /// The effective user id of the process, and that user's name.
    package var uid: UInt32
    package var name: String
    /// Who logged in, as the kernel remembers it through `sudo` and `su`; nil where it does not know.
    package var loginUID: UInt32?
    package var host: String
    /// What vouches for it beside the operating system.
    package var session: AuditSession?

    package init(
        kind: Kind, uid: UInt32, name: String, loginUID: UInt32?, host: String, session: AuditSession? = nil
    ) {
        (self.kind, self.uid, self.name, self.loginUID) = (kind, uid, name, loginUID)
        (self.host, self.session) = (host, session)
    }

    /// How it is known who acts.
    package var authentication: String { session?.authentication ?? Self.operatingSystem }

    private static let operatingSystem = "operating-system"
    private static let longest = 256

    var json: JSON {
        var object = JSONObject()
        object.set("host", EntryText(host, limit: Self.longest).description)
        object.set("how", EntryText(authentication, limit: Self.longest).description)
        object.set("kind", kind.rawValue)
        object.set("login", loginUID.map(UInt64.init))
        object.set("name", EntryText(name, limit: Self.longest).description)
        if let session {
            object.set("person", EntryText(session.person, limit: Self.longest).description)
            object.set("person_login", EntryText(session.login, limit: Self.longest).description)
            object.set("person_name", EntryText(session.name, limit: Self.longest).description)
            object.set("role", session.role.map { EntryText($0, limit: Self.longest).description })
            object.set("session", EntryText(session.id, limit: Self.longest).description)
        }
        object.set("uid", UInt64(uid))
        return object.value
    }

    init?(_ json: JSON?) {
        guard let json, let kind = json["kind"]?.text.flatMap(Kind.init(rawValue:)), let name = json["name"]?.text,
            let uid = json["uid"]?.count.flatMap(UInt32.init(exactly:)), let host = json["host"]?.text,
            let how = json["how"]?.text
        else { return nil }
        var session: AuditSession?
        if let person = json["person"]?.text, let id = json["session"]?.text {
            session = AuditSession(
                id, of: person, login: json["person_login"]?.text ?? "", name: json["person_name"]?.text ?? "",
                as: json["role"]?.text, authentication: how)
        }
        self.init(
            kind: kind, uid: uid, name: name, loginUID: json["login"]?.count.flatMap(UInt32.init(exactly:)),
            host: host, session: session)
    }
}

/// Somebody who has signed in, beside the user of the operating system.
package struct AuditSession: Sendable, Equatable {
    /// Never a secret: what the session is called, and not what it is shown by.
    package var id: String
    /// Stands for one human, or one service, for ever.
    package var person: String
    package var login: String
    /// As it was printed then.
    package var name: String
    /// By which it is done.
    package var role: String?
    /// `session`, `single-sign-on`, `service-credential`.
    package var authentication: String
    package var kind: AuditActor.Kind { authentication == Self.service ? .service : .person }

    private static let service = "service-credential"

    package init(
        _ id: String, of person: String, login: String, name: String, as role: String? = nil, authentication: String
    ) {
        (self.id, self.person, self.login, self.name) = (id, person, login, name)
        (self.role, self.authentication) = (role, authentication)
    }
}

/// When something was written down: by the clock that can be set, and by the one that cannot.
package struct AuditMoment: Sendable, Equatable {
    package var time: Timestamp
    /// Since the host started, in microseconds; it goes on during sleep.
    package var uptime: UInt64
    /// Which start of the host that was.
    package var boot: String
    /// Of the stores that an act talked to.
    package var stores: [StoreClock] = []

    package init(time: Timestamp, uptime: UInt64, boot: String) {
        (self.time, self.uptime, self.boot) = (time, uptime, boot)
    }

    var json: JSON {
        var object = JSONObject()
        object.set("boot", EntryText(boot, limit: 128).description)
        if !stores.isEmpty { object.set("stores", .list(stores.prefix(StoreClock.most).map(\.json))) }
        object.set("time", time)
        object.set("uptime_us", uptime)
        return object.value
    }

    init?(_ json: JSON?) {
        guard let json, let time = json["time"]?.text.flatMap(Timestamp.init(precise:)),
            let uptime = json["uptime_us"]?.count, let boot = json["boot"]?.text
        else { return nil }
        self.init(time: time, uptime: uptime, boot: boot)
        stores = json["stores"]?.list?.compactMap(StoreClock.init) ?? []
    }
}
