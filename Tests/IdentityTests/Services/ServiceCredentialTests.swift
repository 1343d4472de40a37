import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// What a service comes in by, and when it does not any more.
@Suite("Services' credentials") struct ServiceCredentialTests {
    @Test("another credential kills the former, and one that was ended is dead") func renewed() throws {
        var world = try ServiceWorld()
        let other = [UInt8](repeating: 8, count: 32)
        #expect(throws: Refusal.service(.unknown)) { try world.open(BackupAction.self, by: other) }
        try world.equip(other)
        #expect(throws: Refusal.service(.unknown)) { try world.open(BackupAction.self) }
        try world.open(BackupAction.self, by: other)
        try world.state.reportLoss(of: ServiceWorld.service, by: ServiceWorld.id("anna"))
        #expect(throws: Refusal.service(.unknown)) { try world.open(BackupAction.self, by: other) }
        try world.equip(other)
        try world.state.delete(ServiceWorld.service, by: ServiceWorld.id("anna"), now: world.clock.now)
        #expect(throws: Refusal.service(.unknown)) { try world.open(BackupAction.self, by: other) }
        #expect(throws: DirectoryRefusal.unknownPerson) { try world.equip(other) }
    }

    @Test("it ends with its time, and a clock that is set back revives nothing") func expired() throws {
        var world = try ServiceWorld(days: 30)
        world.clock.pass(.hours(30 * 24 - 1))
        try world.open(BackupAction.self)
        world.clock.setWall(by: .hours(-29 * 24))
        try world.open(BackupAction.self)
        world.clock.pass(.hours(2))
        for _ in 0..<3 {
            #expect(throws: Refusal.service(.expired)) { try world.open(BackupAction.self) }
            world.clock.setWall(by: .hours(-100))
            world.clock.restart(after: .hours(-24))
        }
        try world.equip(ServiceWorld.secret)
        try world.open(BackupAction.self)
    }

    @Test("it is good at the host that it was made for, and lasts a year at most") func bounds() throws {
        var world = try ServiceWorld()
        #expect(throws: Refusal.service(.otherMachine)) {
            try world.open(BackupAction.self, at: SHA256Digest.of(Array("another host".utf8)))
        }
        #expect(world.state.alarms.alarms.keys.map(\.kind) == [.stolenCredential])
        try world.open(BackupAction.self)
        for days in [0, -1, 367] {
            let none = ServiceCredential(
                .zero, secret: ServiceWorld.secret.secret, on: IdentityWorld.host, days: days, at: world.clock.now)
            #expect(none == nil)
        }
        let short = ServiceCredential(.zero, secret: [1].secret, on: IdentityWorld.host, days: 1, at: world.clock.now)
        #expect(short == nil)
    }

    @Test("its text reads as it was written, and no other text does") func text() throws {
        let text = ServiceCredentialText.text(ServiceWorld.secret.secret)
        #expect(text.hasPrefix("safehold-service-1-"))
        #expect(Self.reads(text, as: ServiceWorld.secret))
        let bytes = Array(text.utf8)
        for place in bytes.indices {
            var turned = bytes
            turned[place] ^= 1
            #expect(Self.isNone(String(decoding: turned, as: UTF8.self)))
            #expect(Self.isNone(String(decoding: bytes.prefix(place), as: UTF8.self)))
        }
        #expect(Self.isNone(text + "0") && Self.isNone(""))
    }

    private static func reads(_ text: String, as secret: [UInt8]) -> Bool {
        guard let read = ServiceCredentialText.secret(text) else { return false }
        return read.isEqual(to: secret.secret)
    }

    private static func isNone(_ text: String) -> Bool {
        if ServiceCredentialText.secret(text) != nil { return false }
        return true
    }

    @Test("what is kept has no secret in it, and reads as it was") func kept() throws {
        var world = try ServiceWorld(within: Limits(components: ["wards"], stores: []))
        try world.open(BackupAction.self, on: Target(component: "wards"))
        let rows = world.state.rows
        #expect(try IdentityState(keptIn: rows).directory == world.state.directory)
        for row in rows {
            let isInside = row.bytes.indices.contains { row.bytes[$0...].starts(with: ServiceWorld.secret) }
            #expect(!isInside)
        }
        let service = try #require(rows.first { $0.table == .service })
        #expect(throws: EncodingError.self) {
            _ = try IdentityState(
                keptIn: rows + [KeptRow(.service, key: Array(repeating: 1, count: 16), bytes: service.bytes)])
        }
        #expect(throws: EncodingError.self) {
            let cut = KeptRow(.service, key: service.key, bytes: Array(service.bytes.dropLast()))
            _ = try IdentityState(keptIn: rows.filter { $0.table != .service } + [cut])
        }
    }
}
