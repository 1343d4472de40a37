import Primitives
import Sealing
import TransparencyLog

/// An act that is done again and again, of which one pair of entries stands for an hour (decision 24). What is remembered of it lies in a file of its own, so that nothing has to be
/// opened where nothing is to be written.
struct StandingAct: Sendable {
    static let hour: UInt64 = 3_600_000_000

    /// The intent that stands for it.
    var number: UInt64
    var boot: String
    /// Of that intent, in microseconds since the start of the host.
    var uptime: UInt64
    var result: ActEnding.Result
    var code: Failure.Code?

    /// By the clock that nobody can set: another start of the host is another hour.
    func covers(_ moment: AuditMoment) -> Bool {
        boot == moment.boot && moment.uptime >= uptime && moment.uptime - uptime < Self.hour
    }

    /// A file that does not exist, or makes no sense, is one that stands for nothing.
    static func read(_ act: Act, _ place: AuditPlace) -> StandingAct? {
        guard let bytes = try? LocalFile.read(path(act, place), limit: 4096, followingLinks: false),
            let json = try? JSON(parsing: bytes), let number = json["number"]?.count, let boot = json["boot"]?.text,
            let uptime = json["uptime_us"]?.count,
            let result = json["result"]?.text.flatMap(ActEnding.Result.init(rawValue:))
        else { return nil }
        return StandingAct(
            number: number, boot: boot, uptime: uptime, result: result,
            code: json["code"]?.text.flatMap(Failure.Code.init(rawValue:)))
    }

    func write(_ act: Act, _ place: AuditPlace) throws {
        var object = JSONObject()
        object.set("number", number)
        object.set("boot", boot)
        object.set("uptime_us", uptime)
        object.set("result", result.rawValue)
        object.set("code", code?.rawValue)
        try LocalFile.makeDirectories(place.standing)
        try LocalFile.write(CanonicalJSON.bytes(object.value), to: Self.path(act, place))
    }

    private static func path(_ act: Act, _ place: AuditPlace) -> String {
        let words = [act.name] + act.objects.map { "\($0.kind.rawValue) \($0.name)" }
        return place.standing + "/" + SHA256Digest.of(Array(words.joined(separator: "\n").utf8)).hex.prefix(32)
    }
}
