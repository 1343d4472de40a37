import Foundation
import Strategy
import TestSupport
import Testing

@testable import Notification

@Suite(
    "Webhooks, beside a real server", .enabled(if: MessageServers.isPossible, Comment(rawValue: MessageServers.reason)))
struct WebhookTests {
    let servers: MessageServers

    init() throws { servers = try MessageServers.shared.get() }

    private func url(_ path: String, _ server: String = "https") throws -> String {
        "https://localhost:\(try servers.port(server))\(path)"
    }

    private func send(_ url: String, secret: String = MessageServers.secret, mark: String = "w") throws {
        var patience = ChannelPatience()
        patience.whole = .seconds(2)
        let channel = WebhookChannel(
            url, secretFile: try servers.secretFile(secret), authorityFile: servers.authority, patience: patience)
        try channel.send(Messages.failed(mark))
    }

    private func failure(_ url: String, secret: String = MessageServers.secret) throws -> MessageFailure {
        try #require(throws: MessageFailure.self) { try send(url, secret: secret) }
    }

    @Test("are taken by who knows the secret, and say what happened")
    func taken() throws {
        let mark = "w" + UUID().uuidString.prefix(8)
        try send(try url("/hook"), mark: mark)
        let text = try #require(try servers.arrived("web", mark).first)
        let said = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let facts = try #require(said["facts"] as? [String: String])
        #expect(
            facts == [
                "Idempotency-Key": mark, "Content-Type": "application/json", "User-Agent": "safehold", "tls": "TLSv1.3",
            ])
        let body = try #require(said["body"] as? [String: Any])
        #expect(body["event"] as? String == "backup.failed")
        #expect(body["incident"] as? Int == 17)
        #expect(body["recovery"] as? Bool == false)
        let items = try #require(body["items"] as? [[String: Any]])
        #expect(items.map { $0["others"] as? [String] } == [["ben"]])
        #expect(items.map { $0["since"] as? String } == ["2026-11-25T20:47:32Z"])
    }

    @Test("with another secret are refused by who checks")
    func forged() throws {
        let failure = try failure(try url("/hook"), secret: "another")
        #expect(failure.isHopeless)
        #expect(failure.reason.contains("status 401. It said: the signature does not fit"))
    }

    @Test("are tried again when the server says so, after the time that it names")
    func busy() throws {
        #expect(try failure(try url("/busy")).retryAfter == .seconds(77))
        #expect(try failure(try url("/busy")).isHopeless == false)
        #expect(try failure(try url("/broken")).isHopeless == false)
        #expect(try failure(try url("/gone")).isHopeless)
    }

    @Test("follow nobody to another address")
    func moved() throws { #expect(try failure(try url("/moved")).reason.contains("Nobody is followed")) }

    @Test("end in time where nobody answers")
    func silent() throws { #expect(try failure(try url("/silent")).reason.contains("did not answer in time")) }

    @Test("go over TLS 1.3 and over nothing else")
    func old() throws {
        #expect(try failure(try url("/hook", "oldweb")).reason.contains("offers no TLS 1.3"))
        for url in ["http://localhost/hook", "https://user:word@localhost/", "https://", "https://a b/", "ftp://a"] {
            #expect(try failure(url).reason.hasPrefix("A webhook's address begins with https://"))
        }
    }

    @Test("are not sent to a server that the system does not know")
    func unknown() throws {
        let channel = WebhookChannel(try url("/hook"), secretFile: try servers.secretFile(MessageServers.secret))
        let failure = try #require(throws: MessageFailure.self, performing: { try channel.send(Messages.failed("x")) })
        #expect(failure.reason.hasPrefix("The certificate of localhost"))
    }

    @Test("the dead-man address is asked, also where it lies in a file, and is in no error")
    func deadMan() throws {
        var plan = NotificationPlan.DeadManPing(every: .seconds(60))
        plan.url = try url("/ping")
        let before = try servers.arrived("web", "ping").count
        try DeadManSwitch(plan, authorityFile: servers.authority).ping()
        plan.url = nil
        plan.urlFile = try servers.secretFile(try url("/ping"))
        try DeadManSwitch(plan, authorityFile: servers.authority).ping()
        #expect(try servers.arrived("web", "ping").count >= before + 2)
        plan.urlFile = try servers.secretFile(try url("/token-of-mine"))
        let failure = try #require(
            throws: MessageFailure.self,
            performing: { try DeadManSwitch(plan, authorityFile: servers.authority).ping() })
        #expect(!failure.reason.contains("token-of-mine"))
    }
}
