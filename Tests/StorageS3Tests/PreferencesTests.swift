import Primitives
import Storage
import StorageS3
import TestSupport
import Testing

@Suite struct PreferencesTests {
    private func parse(_ choices: String) throws -> S3Address {
        try S3Address.parse("s3://box/p?\(choices)", { _ in nil })
    }

    @Test("What a server is asked to do with what it gets stands in the address")
    func choices() throws {
        #expect(try parse("region=r1").preferences == StoragePreferences())
        #expect(try parse("sse=AES256").preferences.encryption == .ownKey)
        #expect(try parse("sse=aws:kms").preferences.encryption == .managedKey(nil))
        let key = "arn:aws:kms:eu-1:123:key/12-ab"
        let full = try parse("sse=aws:kms&sse-key=\(key)&class=STANDARD_IA&cert=/c&key=/k")
        #expect(full.preferences == StoragePreferences(encryption: .managedKey(key), storageClass: "STANDARD_IA"))
        #expect(full.certificate == ClientCertificate(file: "/c", key: "/k"))
        let again = try S3Address.parse(full.location, { _ in nil })
        #expect(again.preferences == full.preferences && again.certificate == nil)
    }

    @Test(
        "Choices that cannot be meant are refused with the reason",
        arguments: [
            ("sse=none", "neither"), ("sse-key=k", "no use"), ("sse=AES256&sse-key=k", "no use"),
            ("sse=aws:kms&sse-key=a%0Ab", "sse-key"), ("class=GLACIER", "hours"), ("class=DEEP_ARCHIVE", "hours"),
            ("class=standard", "STANDARD_IA"), ("class=REDUCED_REDUNDANCY", "STANDARD_IA"), ("cert=/c", "both"),
            ("key=/k", "both"),
        ])
    func refused(_ choices: String, _ reason: String) {
        let failure = #expect(throws: Failure.self) { _ = try parse(choices) }
        #expect(failure?.code == .usage)
        let text = failure?.message.replacing("only 'sse=aws:kms' has a use for", with: "no use") ?? ""
        #expect(text.contains(reason), "\(text)")
    }

    @Test("A colder class takes what is large, and encryption by a managed key all", .enabled(if: S3Server.isPossible))
    func realServer() throws {
        let server = try S3Server.shared.get()
        let bucket = try server.bucket(.versioned)
        let store = try S3Store.beside(
            server, bucket, choices: "&class=STANDARD_IA&sse=aws:kms&sse-key=test-key")
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        #expect(try store.put(bytes, as: ObjectName("large"), .immediate) == .created)
        #expect(try store.put([1, 2], as: ObjectName("small"), .immediate) == .created)
        #expect(try store.readAll(ObjectName("large"), limit: 1 << 20) == bytes)
        #expect(try store.readRange(ObjectName("large"), at: 70_000, count: 5) == Array(bytes[70_000..<70_005]))
        func heads(_ name: String) throws -> String {
            try server.request("GET", "\(bucket)/below/\(name)", [], printsHeaders: true).body.lowercased()
        }
        #expect(try heads("large").contains("x-amz-storage-class: standard_ia"))
        #expect(try !heads("small").contains("standard_ia"))
        #expect(try heads("small").contains("x-amz-server-side-encryption: aws:kms"))
    }
}
