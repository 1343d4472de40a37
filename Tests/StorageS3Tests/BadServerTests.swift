import Crypto
import NIOCore
import Primitives
import Storage
import StorageS3
import Testing

/// Servers and networks that do not do what they should.
@Suite struct BadServerTests {
    private let bytes = Array("what was backed up".utf8)
    private var tag: String { Hex.encode(Array(Insecure.MD5.hash(data: bytes))) }
    private var there: [UInt8] { there(tag) }

    private func there(_ tag: String) -> [UInt8] {
        Array("HTTP/1.1 200 OK\r\nContent-Length: \(bytes.count)\r\nETag: \"\(tag)\"\r\nConnection: close\r\n\r\n".utf8)
    }

    private func store(_ server: ScriptedServer) throws -> S3Store {
        let address = try S3Address.parse("s3://box/p?endpoint=http://127.0.0.1:\(server.port)", { _ in nil })
        return try S3Store(
            address, .only(S3Credentials(accessKey: "AKIATEST", secret: "the-secret")), spoolPlaces: ["/tmp"])
    }

    private func read(_ store: S3Store, _ count: Int = 100) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = try store.read(ObjectName("x"), at: 0, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    private func part(_ body: String, of total: Int) -> [UInt8] {
        ScriptedServer.answer("206 Partial Content", ["Content-Range: bytes 0-\(body.utf8.count - 1)/\(total)"], body)
    }

    @Test("A busy server, a cut answer, a short one and a dropped connection are asked again") func again() throws {
        let server = ScriptedServer { [self] _, number in
            switch number {
            case 0: ScriptedServer.answer("503 Slow Down", [], "<Error><Code>SlowDown</Code></Error>")
            case 1:
                Array("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/5\r\nContent-Length: 5\r\n\r\nhe".utf8)
            case 2: nil
            default: part("hello", of: 5)
            }
        }
        defer { server.stop() }
        let store = try store(server)
        #expect(try read(store) == Array("hello".utf8))
        #expect(server.asked.withLock { $0.count } == 4)
        #expect(store.requestsAtOnce == 16, "it was busy, and is asked as much as before")
    }

    @Test("Less than was asked for, under a length that fits it, is not taken for the end") func shortened() throws {
        let server = ScriptedServer { [self] _, number in part(number == 0 ? "hel" : "hello", of: 5) }
        defer { server.stop() }
        #expect(try read(try store(server)) == Array("hello".utf8))
    }

    @Test(
        "Another part than was asked for, or the whole instead of it, is an error",
        arguments: ["bytes 1-5/9", "bytes 0-4", ""])
    func otherPart(_ range: String) throws {
        let server = ScriptedServer { _, _ in
            ScriptedServer.answer("206 Partial Content", range.isEmpty ? [] : ["Content-Range: \(range)"], "hello")
        }
        defer { server.stop() }
        let failure = #expect(throws: Failure.self) { _ = try read(try store(server)) }
        #expect(failure?.code == .storageFailed)
    }

    @Test("A refusal is not argued with, and its message holds no secret") func refused() throws {
        let server = ScriptedServer { _, _ in
            ScriptedServer.answer("403 Forbidden", [], "<Error><Code>AccessDenied</Code></Error>")
        }
        defer { server.stop() }
        let failure = #expect(throws: Failure.self) { _ = try read(try store(server)) }
        #expect(failure?.code == .storageDenied)
        #expect(server.asked.withLock { $0.count } == 1)
        #expect(failure.map { "\($0)".contains("the-secret") } == false)
        let heads = server.asked.withLock { $0.map(\.head).joined() }
        #expect(heads.contains("Signature=") && !heads.contains("the-secret"))
    }

    @Test("An upload whose answer was lost is ours, if the bytes there are") func lostAnswer() throws {
        // Absent before, written, the answer lost, there after all.
        let server = ScriptedServer { [self] asked, number in
            number == 0 ? ScriptedServer.answer("404 Not Found") : asked.line.hasPrefix("PUT") ? nil : there
        }
        defer { server.stop() }
        #expect(try store(server).put(bytes, as: ObjectName("x"), .immediate) == .created)
        #expect(server.asked.withLock { $0.first { $0.line == "PUT /box/p/x" }?.body } == bytes)
        #expect(
            server.asked.withLock { $0.filter { $0.line.hasPrefix("PUT") }.count } == 1,
            "it was sent again though it was there")
    }

    @Test("A name that somebody else took meanwhile is taken") func taken() throws {
        let other = String(repeating: "0", count: 32)
        let server = ScriptedServer { [self] asked, number in
            if number == 0 { return ScriptedServer.answer("404 Not Found") }
            if asked.line.hasPrefix("PUT") { return ScriptedServer.answer("412 Precondition Failed") }
            if asked.line.hasPrefix("GET") { return part("what others put in", of: 18) }
            return there(other)
        }
        defer { server.stop() }
        #expect(try store(server).put(bytes, as: ObjectName("x"), .immediate) == .exists)
    }

    @Test("A server that stores other bytes than it was sent is found out") func altered() throws {
        let other = String(repeating: "0", count: 32)
        let server = ScriptedServer { [self] asked, number in
            // It keeps its word about names, which the second upload of x tries, and not about bytes.
            switch number {
            case 0: return ScriptedServer.answer("404 Not Found")
            case 1: return ScriptedServer.answer("200 OK")
            case 2: return there
            case 3: return ScriptedServer.answer("412 Precondition Failed")
            case 4: return ScriptedServer.answer("200 OK")
            default: return asked.line.hasPrefix("GET") ? part("what was backed uq", of: 18) : there(other)
            }
        }
        defer { server.stop() }
        let store = try store(server)
        #expect(try store.put(bytes, as: ObjectName("x"), .immediate) == .created)
        let failure = #expect(throws: Failure.self) { _ = try store.put(bytes, as: ObjectName("y"), .immediate) }
        #expect(failure?.code == .objectDamaged)
    }

    @Test("What the server encrypts has another tag, and is compared by its bytes") func encrypted() throws {
        let server = ScriptedServer { [self] asked, number in
            if number == 0 { return ScriptedServer.answer("404 Not Found") }
            if asked.line.hasPrefix("PUT") {
                return number == 1 ? ScriptedServer.answer("200 OK") : ScriptedServer.answer("412 Precondition Failed")
            }
            return asked.line.hasPrefix("GET") ? part("what was backed up", of: 18) : there("not-an-md5-1")
        }
        defer { server.stop() }
        #expect(try store(server).put(bytes, as: ObjectName("x"), .immediate) == .created)
    }

    @Test("A list that never ends, ends") func endlessList() throws {
        let page =
            "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken></ListBucketResult>"
        let server = ScriptedServer { _, _ in ScriptedServer.answer("200 OK", [], page) }
        defer { server.stop() }
        let failure = #expect(throws: Failure.self) { _ = try store(server).names(below: "") }
        #expect(failure?.code == .storageFailed)
        #expect(server.asked.withLock { $0.count } == 2)
    }

    @Test("A list that is cut off is not taken for a short one") func cutList() throws {
        let whole =
            "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>p/a</Key><Size>1</Size></Contents></ListBucketResult>"
        let server = ScriptedServer { _, number in
            ScriptedServer.answer("200 OK", [], number == 0 ? String(whole.dropLast(60)) : whole)
        }
        defer { server.stop() }
        #expect(try store(server).names(below: "") == [ObjectName("a")])
        #expect(server.asked.withLock { $0[0].line }.contains("list-type=2&prefix=p%2F"))
    }

    @Test("A server that never says a word is given up soon") func silent() throws {
        let isOver = Monitor(false)
        let server = ScriptedServer(isPlain: false) { _, _ in
            isOver.wait { $0 ? () : nil }
            return nil
        }
        defer { server.stop() }
        defer { isOver.update { $0 = true } }
        let address = try S3Address.parse("s3://box/p?endpoint=http://127.0.0.1:\(server.port)", { _ in nil })
        #expect(Patience().first <= .seconds(15), "four times that is what a person waits")
        var patience = Patience()
        patience.first = .milliseconds(200)
        let store = try S3Store(
            address, .only(S3Credentials(accessKey: "k", secret: "s")), spoolPlaces: ["/tmp"], patience: patience)
        let start = ContinuousClock.now
        let failure = #expect(throws: Failure.self) { _ = try store.size(of: ObjectName("x")) }
        #expect(failure?.code == .storageFailed)
        #expect(ContinuousClock.now - start < .seconds(15), "it was waited for as for one that had answered")
    }

    @Test("A server that does not encrypt as it was asked to is found out") func unencrypted() throws {
        let server = ScriptedServer { asked, _ in
            ScriptedServer.answer(asked.line.hasPrefix("PUT") ? "200 OK" : "404 Not Found")
        }
        defer { server.stop() }
        let address = try S3Address.parse(
            "s3://box/p?endpoint=http://127.0.0.1:\(server.port)&sse=AES256", { _ in nil })
        let store = try S3Store(address, .only(S3Credentials(accessKey: "k", secret: "s")), spoolPlaces: ["/tmp"])
        let failure = #expect(throws: Failure.self) { _ = try store.put([1], as: ObjectName("x"), .immediate) }
        #expect(failure?.code == .storageMisconfigured)
        #expect(server.asked.withLock { $0.contains { $0.head.contains("x-amz-server-side-encryption: AES256") } })
    }

    @Test("A list of versions that goes in circles or in no order is an error", arguments: [false, true])
    func badVersions(_ isUnordered: Bool) throws {
        let server = ScriptedServer(isPlain: false) { asked, number in
            if asked.line.hasSuffix("versioning=") {
                return ScriptedServer.answer(
                    "200 OK", [], "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
            }
            let key = isUnordered ? "p/\(9 - number)" : "p/1"
            return ScriptedServer.answer(
                "200 OK", [],
                "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>\(key)</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker><Version><Key>\(key)</Key><VersionId>v</VersionId><Size>1</Size></Version></ListVersionsResult>"
            )
        }
        defer { server.stop() }
        let failure = #expect(throws: Failure.self) { _ = try store(server).names(below: "") }
        #expect(failure?.code == .storageFailed)
        #expect(server.asked.withLock { $0.count } == 3)
    }
}
