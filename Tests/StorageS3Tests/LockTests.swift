import Crypto
import Primitives
import Storage
import StorageS3
import TestSupport
import Testing

/// What is locked stands against the account's own key, by plain requests that know nothing of us.
@Suite(.enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason))) struct LockTests {
    private let server: S3Server
    private let name = ObjectName("packs/00/a")
    private let bytes = Array("what was backed up".utf8)

    init() throws { server = try S3Server.shared.get() }

    private func locked(_ store: S3Store, _ mode: ObjectLock.Mode, hours: Int64 = 24) throws -> ObjectLock {
        let now = try store.now().nanoseconds.dividedFloor(by: 1_000_000_000)
        let lock = ObjectLock(mode: mode, until: Timestamp(nanoseconds: (now + hours * 3600) * 1_000_000_000))
        let locking = try #require(store.locking)
        locking.lockNewObjects(lock)
        defer { locking.lockNewObjects(nil) }
        #expect(try store.put(bytes, as: name, .immediate) == .created)
        return lock
    }

    private func retention(_ mode: String, _ until: Timestamp) -> String {
        "<Retention><Mode>\(mode)</Mode><RetainUntilDate>\(until)</RetainUntilDate></Retention>"
    }

    private func code(_ body: () throws -> Void) -> Failure.Code? {
        do { try body() } catch { return (error as? Failure)?.code }
        return nil
    }

    @Test("In compliance mode the account's own key neither deletes, overwrites, marks, weakens nor shortens")
    func compliance() throws {
        let bucket = try server.bucket(.locked)
        let store = try S3Store.beside(server, bucket)
        let lock = try locked(store, .compliance)
        let key = "\(bucket)/below/packs/00/a"
        let id = try #require(server.versions(bucket, "below/packs/00/a").first)
        let bypass = ["x-amz-bypass-governance-retention: true"]
        let sooner = Timestamp(nanoseconds: lock.until.nanoseconds - 3600 * 1_000_000_000)
        for headers in [[], bypass] {
            #expect(try server.request("DELETE", "\(key)?versionId=\(id)", headers).status == 403)
            for change in [
                retention("COMPLIANCE", sooner), retention("GOVERNANCE", lock.until), "<Retention></Retention>",
            ] {
                let said = try server.request("PUT", "\(key)?retention=&versionId=\(id)", headers, body: change)
                #expect((400..<500).contains(said.status), "\(change): \(said)")
            }
        }
        let off = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"
        #expect(try server.request("PUT", "\(bucket)?versioning=", body: off).status == 409)
        #expect(try server.request("DELETE", bucket).status == 409)
        // These the server takes, and they change nothing.
        #expect(try server.request("PUT", key, body: "what I put there").status == 200)
        #expect(try server.request("DELETE", key).status == 204)
        for store in [store, try S3Store.beside(server, bucket)] {
            #expect(try store.readAll(name, limit: 100) == bytes)
            #expect(try store.names(below: "") == [name])
            #expect(try store.locking?.lock(of: name) == lock)
            #expect(code { try store.remove(name) } == .objectLocked)
        }
        #expect(try store.readAll(name, limit: 100) == bytes)
    }

    @Test("In governance mode only a right of its own ends a lock early, and we never use it") func governance() throws
    {
        let bucket = try server.bucket(.locked)
        let store = try S3Store.beside(server, bucket)
        let lock = try locked(store, .governance)
        let id = try #require(server.versions(bucket, "below/packs/00/a").first)
        #expect(code { try store.remove(name) } == .objectLocked)
        let key = "\(bucket)/below/packs/00/a?versionId=\(id)"
        #expect(try server.request("DELETE", key).status == 403)
        let stronger = ObjectLock(mode: .compliance, until: lock.until)
        try store.locking?.extendLock(of: name, stronger)
        #expect(try store.locking?.lock(of: name) == lock, "one that is locked at least as long stays as it is")
        #expect(try server.request("DELETE", key, ["x-amz-bypass-governance-retention: true"]).status == 204)
        #expect(try store.size(of: name) == nil)
    }

    @Test("A longer lock does not weaken a strong one") func modes() throws {
        let store = try S3Store.beside(server, try server.bucket(.locked))
        let lock = try locked(store, .compliance, hours: 1)
        let later = Timestamp(nanoseconds: lock.until.nanoseconds + 3600 * 1_000_000_000)
        try store.locking?.extendLock(of: name, ObjectLock(mode: .governance, until: later))
        #expect(try store.locking?.lock(of: name) == ObjectLock(mode: .compliance, until: later))
    }

    @Test("A legal hold stands against the key until it is lifted") func hold() throws {
        let bucket = try server.bucket(.locked)
        let store = try S3Store.beside(server, bucket)
        _ = try store.put(bytes, as: name, .immediate)
        try store.locking?.setLegalHold(true, on: name)
        let id = try #require(server.versions(bucket, "below/packs/00/a").first)
        for headers in [[], ["x-amz-bypass-governance-retention: true"]] {
            let said = try server.request("DELETE", "\(bucket)/below/packs/00/a?versionId=\(id)", headers)
            #expect(said.status == 403)
        }
        #expect(code { try store.remove(name) } == .objectLocked)
        try store.locking?.setLegalHold(false, on: name)
        try store.remove(name)
        #expect(try store.size(of: name) == nil)
    }

    @Test("A bucket's default retention locks what asks for nothing", arguments: ["COMPLIANCE", "GOVERNANCE"])
    func defaults(_ mode: String) throws {
        let store = try S3Store.beside(server, try server.bucket(.retaining(mode: mode, days: 1)))
        _ = try store.put(bytes, as: name, .immediate)
        let lock = try #require(try store.locking?.lock(of: name))
        #expect(lock.mode.rawValue == mode.lowercased())
        #expect(try lock.until.nanoseconds > store.now().nanoseconds + 23 * 3600 * 1_000_000_000)
        #expect(code { try store.remove(name) } == .objectLocked)
        #expect(try store.put([1], as: name, .immediate) == .exists)
    }

    @Test("An upload that came too late is locked by the bucket as well, and the object is still the first")
    func lateAndLocked() throws {
        let bucket = try server.bucket(.retaining(mode: "COMPLIANCE", days: 1))
        let store = try S3Store.beside(server, bucket)
        _ = try store.put(bytes, as: name, .immediate)
        try server.request("PUT", "\(bucket)/below/packs/00/a", body: "later")
        #expect(code { try store.remove(name) } == .objectLocked)
        #expect(try store.readAll(name, limit: 100) == bytes)
    }

    @Test("A server that takes a lock and drops it is found out", arguments: [false, true]) func drops(_ heals: Bool)
        throws
    {
        let bytes = bytes
        let until = Timestamp(nanoseconds: 4_000_000_000 * 1_000_000_000)
        let isLocked = Monitor(false)
        let server = ScriptedServer(isPlain: false) { asked, _ in
            let dated = ["Date: Tue, 24 Nov 2026 23:48:57 GMT"]
            func says(_ body: String) -> [UInt8] { ScriptedServer.answer("200 OK", dated, body) }
            let line = asked.line
            if line.hasSuffix("versioning=") {
                return says("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
            }
            if line.hasSuffix("object-lock=") {
                return says(
                    "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>")
            }
            if line.contains("versions=") {
                return says(
                    "<ListVersionsResult><IsTruncated>false</IsTruncated><Version><Key>p/packs/00/a</Key><VersionId>v</VersionId><ETag>\(Self.md5(bytes))</ETag><Size>\(bytes.count)</Size></Version></ListVersionsResult>"
                )
            }
            if line.contains("retention=") {
                if line.hasPrefix("PUT") { isLocked.withLock { $0 = heals } }
                guard line.hasPrefix("GET") else { return says("") }
                return isLocked.withLock { $0 }
                    ? says("<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>\(until)</RetainUntilDate></Retention>")
                    : ScriptedServer.answer(
                        "404 Not Found", dated, "<Error><Code>NoSuchObjectLockConfiguration</Code></Error>")
            }
            if line.hasPrefix("PUT") { return ScriptedServer.answer("200 OK", dated + ["x-amz-version-id: v"]) }
            if line.contains("versionId") {
                return Array("HTTP/1.1 200 OK\r\nContent-Length: \(bytes.count)\r\nConnection: close\r\n\r\n".utf8)
            }
            return ScriptedServer.answer("404 Not Found")
        }
        defer { server.stop() }
        let address = try S3Address.parse("s3://box/p?endpoint=http://127.0.0.1:\(server.port)", { _ in nil })
        let store = try S3Store(address, .only(S3Credentials(accessKey: "k", secret: "s")), spoolPlaces: ["/tmp"])
        store.locking?.lockNewObjects(ObjectLock(mode: .compliance, until: until))
        let found = code { _ = try store.put(bytes, as: name, .immediate) }
        #expect(found == (heals ? nil : .storageMisconfigured))
        let sent = server.asked.withLock { $0.first { $0.line == "PUT /box/p/packs/00/a" }?.head.lowercased() } ?? ""
        #expect(sent.contains("x-amz-object-lock-mode: compliance"))
        #expect(sent.contains("x-amz-object-lock-retain-until-date: \(until.description.lowercased())"))
    }

    private static func md5(_ bytes: [UInt8]) -> String { Hex.encode(Array(Insecure.MD5.hash(data: bytes))) }
}
