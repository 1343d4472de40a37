import FoundationEssentials
import Primitives
import Storage

/// Reads the logs of S3 servers: Amazon's server access log, and the lines of JSON that Ceph's gateway writes.
enum AccessLog {
    static func read(_ bytes: [UInt8]) -> StoreLog {
        var log = StoreLog()
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            var text = Substring(decoding: line, as: UTF8.self)
            // Ceph writes a list that never ends.
            while let last = text.last, last == "," || last == "\r" || last == " " { text.removeLast() }
            if text.hasPrefix("[{") { text.removeFirst() }
            guard !text.isEmpty, text != "[", text != "]" else { continue }
            if let access = text.first == "{" ? gateway(String(text)) : server(text) {
                log.accesses.append(access)
            } else {
                log.unreadable += 1
            }
        }
        return log
    }

    // MARK: Amazon's

    /// `owner bucket [time] address requester request operation key "request line" status …`
    private static func server(_ line: Substring) -> StoreAccess? {
        let fields = fields(of: line)
        guard fields.count >= 10, let time = serverTime(fields[2]), let status = Int(fields[9] == "-" ? "0" : fields[9])
        else { return nil }
        // A key is encoded twice where it holds what URLs do not.
        let key = fields[7] == "-" ? "" : decoded(decoded(fields[7]))
        var access = StoreAccess(
            time: time, bucket: fields[1], key: key, operation: fields[6], status: status, request: fields[5])
        access.address = fields[3] == "-" ? "" : fields[3]
        access.principal = fields[4] == "-" ? "anonymous" : fields[4]
        return access
    }

    private static func decoded(_ text: String) -> String { PercentEncoding.decode(text) ?? text }

    /// Words between spaces; what is in quotes or brackets is one. A quote inside of quotes is only an end before a space, and that of
    /// the request, which holds whatever somebody asked for, only before the status.
    static func fields(of line: Substring) -> [String] {
        var fields: [String] = []
        var rest = Array(line.utf8)[...]
        while let first = rest.first {
            if first == UInt8(ascii: " ") {
                rest = rest.dropFirst()
                continue
            }
            let end: UInt8? =
                first == UInt8(ascii: "\"") ? first : first == UInt8(ascii: "[") ? UInt8(ascii: "]") : nil
            if end != nil { rest = rest.dropFirst() }
            var index = rest.startIndex
            while index < rest.endIndex {
                let isLast = isEnd(rest[index...].dropFirst(), ofRequest: fields.count == 8)
                if let end {
                    if rest[index] == end, isLast { break }
                } else if rest[index] == UInt8(ascii: " ") {
                    break
                }
                index += 1
            }
            fields.append(String(decoding: rest[..<index], as: UTF8.self))
            rest = rest[index...].dropFirst(end == nil ? 0 : 1)
        }
        return fields
    }

    private static func isEnd(_ rest: ArraySlice<UInt8>, ofRequest: Bool) -> Bool {
        guard let first = rest.first else { return true }
        guard first == UInt8(ascii: " ") else { return false }
        let word = rest.dropFirst().prefix { $0 != UInt8(ascii: " ") }
        return !ofRequest || word.elementsEqual("-".utf8)
            || (word.count == 3 && word.allSatisfy { (0x30...0x39).contains($0) })
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// "06/Feb/2026:00:00:38 +0000", which is always UTC.
    private static func serverTime(_ text: String) -> Timestamp? {
        let parts = text.split(whereSeparator: { "/: ".contains($0) })
        guard parts.count == 7, parts[6] == "+0000", let month = months.firstIndex(of: String(parts[1])) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp(description: "\(parts[2])-\(number)-\(parts[0])T\(parts[3]):\(parts[4]):\(parts[5])Z")
    }

    // MARK: Ceph's

    private struct Line: Decodable {
        var bucket: String
        var object: String?
        var uri: String?
        var time: String
        var remote_addr: String?
        var user: String?
        var operation: String
        var http_status: String
        var trans_id: String?
        var access_key_id: String?
    }

    /// Older gateways tell the object only by the request: "PUT /bucket/key?query HTTP/1.1".
    private static func key(in request: String, _ bucket: String) -> String {
        let words = request.split(separator: " ")
        guard words.count >= 2 else { return "" }
        let path = words[1].prefix { $0 != "?" }.drop { $0 == "/" }
        if path == bucket { return "" }
        return decoded(String(path.hasPrefix(bucket + "/") ? path.dropFirst(bucket.count + 1) : path))
    }

    private static func gateway(_ text: String) -> StoreAccess? {
        guard text.utf8.count <= 64 << 10, let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)),
            let time = Protection.timestamp(line.time), let status = Int(line.http_status)
        else { return nil }
        var access = StoreAccess(
            time: time, bucket: line.bucket, key: line.object ?? line.uri.map { key(in: $0, line.bucket) } ?? "",
            operation: line.operation, status: status,
            request: line.trans_id ?? "")
        (access.address, access.principal) = (line.remote_addr ?? "", line.user ?? "anonymous")
        return access
    }
}

extension S3Store {
    package func log(_ bytes: [UInt8]) -> StoreLog { AccessLog.read(bytes) }
    package var place: (bucket: String, prefix: String) {
        (address.bucket, address.prefix.isEmpty ? "" : address.prefix + "/")
    }
    package func remember(_ record: @escaping @Sendable (StoreAccess) -> Void) { client.remember(record) }
}
