import Identity
import Primitives
import TestSupport
import Testing

@testable import SingleSignOn

/// A provider that does what none should, over real TLS.
@Suite("A provider that misleads") struct ProviderConnectionTests {
    private let provider: MisleadingProvider
    private let connection: ProviderConnection

    init() throws {
        provider = try MisleadingProvider()
        connection = ProviderConnection(authorities: try provider.authority)
    }

    private func refusal(_ issuer: String, port: String? = nil) throws -> Failure? {
        return #expect(throws: Failure.self) {
            _ = try ProviderDocument.fetch("https://localhost:\(port ?? provider.port)/\(issuer)", connection)
        }
    }

    @Test("is believed as long as it answers by itself, and in few words") func good() throws {
        let issuer = "https://localhost:\(provider.port)/good"
        #expect(try ProviderDocument.fetch(issuer, connection).tokenEndpoint == issuer + "/token")
    }

    @Test("is not followed to another address, whatever the kind of redirect") func redirects() throws {
        for _ in 0..<3 {
            let failure = try #require(try refusal("moved"))
            #expect(failure.code == .providerMisconfigured && failure.message.contains("status 30"))
        }
        #expect(provider.asked == Array(repeating: "/moved/.well-known/openid-configuration", count: 3))
    }

    @Test("is not listened to for megabytes, announced or not", arguments: ["long", "endless"])
    func megabytes(_ issuer: String) throws {
        let failure = try #require(try refusal(issuer))
        #expect(failure.code == .providerMisconfigured && failure.message.contains("more than 256 KiB"))
    }

    @Test("is not spoken to over TLS 1.2, and not where nobody vouches for it") func trust() throws {
        let old = try #require(try refusal("good", port: provider.oldPort))
        #expect(old.code == .providerMisconfigured && old.message.contains("TLS 1.3"))
        let strange = #expect(throws: Failure.self) {
            _ = try ProviderDocument.fetch(
                "https://localhost:\(provider.port)/good", ProviderConnection(authorities: []))
        }
        #expect(strange?.code == .providerMisconfigured)
        #expect(provider.asked.isEmpty)
    }
}
