import Foundation
import Primitives
import Testing

@testable import Audit

@Suite struct AuditEntryTests {
    private let moment = AuditMoment(
        time: Timestamp(nanoseconds: 1_795_000_000_123_456_789), uptime: 42_000_001, boot: "5f0c")

    private func entry(_ content: AuditEntry.Content) -> AuditEntry {
        AuditEntry(
            content, by: AuditActor(kind: .person, uid: 0, name: "root", loginUID: 1000, host: "ward-7"), at: moment,
            software: "safehold 0.1.0")
    }

    private func intent(_ act: Act) -> AuditEntry { entry(.intent(AuditEntry.Intent(act, process: 77))) }

    @Test("An intent is these bytes") func intentBytes() {
        var act = Act("hold-release", .remove, on: [ActObject(.snapshot, "1f3a")], reason: "Case \"17\"\nclosed")
        act.strategy = Digest32.zero
        #expect(
            String(decoding: intent(act).bytes, as: UTF8.self)
                == #"{"act":"hold-release","by":{"host":"ward-7","how":"operating-system","kind":"person","login":1000,"name":"root","uid":0},"#
                + #""effect":"remove","entry":"intent","on":[{"kind":"snapshot","name":"1f3a"}],"process":77,"reason":"Case \"17\"\nclosed","#
                + #""software":"safehold 0.1.0","strategy":""# + String(repeating: "0", count: 64)
                + #"","v":1,"when":{"boot":"5f0c","time":"2026-11-18T11:06:40.123456789Z","uptime_us":42000001}}"#)
    }

    @Test("An outcome is these bytes") func outcomeBytes() {
        let outcome = AuditEntry.Outcome(
            intent: 12, act: "forget", ending: ActEnding(.refused, .keyDenied), isReconciled: false)
        #expect(
            String(decoding: entry(.outcome(outcome)).bytes, as: UTF8.self)
                == #"{"act":"forget","by":{"host":"ward-7","how":"operating-system","kind":"person","login":1000,"name":"root","uid":0},"#
                + #""code":"key-denied","entry":"outcome","of":12,"result":"refused","software":"safehold 0.1.0","v":1,"#
                + #""when":{"boot":"5f0c","time":"2026-11-18T11:06:40.123456789Z","uptime_us":42000001}}"#)
    }

    @Test("What is read is what was written, and is written the same way again") func roundTrip() throws {
        var act = Act("backup", .add, on: [ActObject(.component, "größe \u{1F40C}"), ActObject(.repository, "/a\tb")])
        (act.isStanding, act.plan) = (true, Digest32(a: 9, b: 8, c: 7, d: 6))
        var ending = ActEnding(.failed, .storageFull)
        ending.objects = [ActObject(.snapshot, "00")]
        for entry in [
            intent(act),
            entry(.outcome(AuditEntry.Outcome(intent: 1 << 40, act: "x", ending: ending, isReconciled: true))),
        ] {
            let again = try AuditEntry(parsing: entry.bytes)
            #expect(again.bytes == entry.bytes)
            #expect(again.actor == entry.actor && again.moment == entry.moment)
        }
    }

    @Test("Strings are escaped as RFC 8785 has them, and members in the order of their names") func canonical() {
        let text = "\u{20AC}$\u{F}\u{A}A'\u{42}\u{22}\u{5C}\\\u{22}/\u{7F}\u{8}\u{C}"
        let json = JSON.object([.init(name: "b", value: .text(text)), .init(name: "a", value: .flag(false))])
        #expect(
            String(decoding: CanonicalJSON.bytes(json), as: UTF8.self)
                == #"{"a":false,"b":"€$\u000f\nA'B\"\\\\\"/"# + "\u{7F}" + #"\b\f"}"#)
    }

    @Test("However long names and reasons are, and whatever is in them, an entry fits into the log") func bounded()
        throws
    {
        let long = String(repeating: "\u{1}", count: 10_000)
        var act = Act(long, .view, on: (0..<100).map { ActObject(.snapshot, "\($0)" + long) }, reason: long)
        act.plan = .zero
        let entry = AuditEntry(
            .intent(AuditEntry.Intent(act, process: .max / 2048)),
            by: AuditActor(
                kind: .host, uid: .max, name: long, loginUID: .max, host: long,
                session: AuditSession(
                    long, of: long, login: long, name: long, as: long, authentication: long)),
            at: AuditMoment(time: moment.time, uptime: 1 << 52, boot: long), software: long)
        #expect(entry.bytes.count <= 40 << 10)
        let again = try AuditEntry(parsing: entry.bytes)
        #expect(again.bytes == entry.bytes)
        guard case .intent(let intent) = again.content else { throw EncodingError("is no intent") }
        #expect(intent.objects.count == 24 && intent.objects.last?.kind == .more)
    }

    @Test("A name that was cut or is no text can still be recognised") func recognised() {
        let names = [Array("ab".utf8) + [0xFF], Array(String(repeating: "x", count: 2000).utf8)]
        for name in names {
            let text = EntryText(name).description
            #expect(text.contains("… sha256:") && text.utf8.count <= 1024)
            #expect(text == EntryText(name).description && text != EntryText(name + [0x61]).description)
        }
        #expect(EntryText("plain").description == "plain")
    }

    @Test(
        "What is no entry of this version is not read as one",
        arguments: [
            "", "{}", "[]", #"{"v":2}"#, #"{"v":1}"#, "null",
            #"{"v":1,"entry":"intent","by":{},"when":{},"software":"x"}"#,
        ])
    func wrong(_ text: String) {
        #expect(throws: EncodingError.self) { try AuditEntry(parsing: Array(text.utf8)) }
    }

    @Test("Denied and misused is refused, the rest failed", arguments: Failure.Code.allCases)
    func endings(_ code: Failure.Code) {
        let ending = ActEnding(Failure(code, "", advice: ""))
        switch code.class {
        case .denied, .usage: #expect(ending.result == .refused)
        case .interrupted: #expect(ending.result == .interrupted)
        default: #expect(ending.result == (code == .objectLocked ? .refused : .failed))
        }
        #expect(ending.code == code)
    }
}
