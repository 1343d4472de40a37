import Foundation
import Testing

/// What `find` and `sha256sum` say of an entry, in the words of docs/json.md.
struct SeenEntry: Equatable {
    var path: [UInt8]
    var fields: [String: String]

    private static let kinds = [
        "f": "file", "d": "directory", "l": "link", "p": "fifo", "s": "socket", "c": "character-device",
        "b": "block-device",
    ]
    private static let names = [
        "kind", "mode", "uid", "gid", "user", "group", "size", "mtime", "inode", "links", "target",
    ]
    private static let format =
        "%p\\0%y\\0%m\\0%U\\0%G\\0%u\\0%g\\0%s\\0%TY-%Tm-%TdT%TH:%TM:%TS\\0%i\\0%n\\0%l\\0"

    /// Everything at and below a directory, by path.
    static func below(_ root: String) throws -> [[UInt8]: SeenEntry] {
        let listed = try ChildProcess.run(["find", root, "-printf", format]).mustBe(0).output
        let parts = listed.split(separator: 0, omittingEmptySubsequences: false).dropLast()
        let digests = try digests(root)
        var found: [[UInt8]: SeenEntry] = [:]
        let width = names.count + 1
        for start in stride(from: 0, to: parts.count, by: width) {
            let path = Array(parts[start])
            var fields: [String: String] = [:]
            for (index, name) in names.enumerated() {
                fields[name] = String(decoding: parts[start + 1 + index], as: UTF8.self)
            }
            found[path] = SeenEntry(path: path, fields: told(fields, digests[path]))
        }
        return found
    }

    /// Only what is said of entries of this kind.
    private static func told(_ found: [String: String], _ digest: String?) -> [String: String] {
        var fields = found
        let kind = kinds[found["kind", default: ""], default: "?"]
        fields["kind"] = kind
        fields["mode"] = found["mode"].flatMap { Int($0, radix: 8) }.map(String.init)
        // Names stand for themselves; who has none is shown by number.
        for (name, number) in [("user", "uid"), ("group", "gid")] where found[name] == found[number] {
            fields[name] = nil
        }
        fields["mtime"] = found["mtime"].map { trimmed($0) }
        if kind != "file" { fields["size"] = nil }
        if kind != "link" { fields["target"] = nil }
        if kind == "directory" { fields["links"] = nil }
        fields["sha256"] = digest
        return fields
    }

    /// Without the zeros at the end of a fraction of a second.
    static func trimmed(_ time: String) -> String {
        guard time.contains(".") else { return time }
        var text = time[...]
        while text.last == "0" { text = text.dropLast() }
        return String(text.last == "." ? text.dropLast() : text)
    }

    private static func digests(_ root: String) throws -> [[UInt8]: String] {
        let listed = try ChildProcess.run(["find", root, "-type", "f", "-exec", "sha256sum", "-z", "{}", "+"]).mustBe(0)
        var digests: [[UInt8]: String] = [:]
        for line in listed.output.split(separator: 0) {
            digests[Array(line.dropFirst(66))] = String(decoding: line.prefix(64), as: UTF8.self)
        }
        return digests
    }

    /// The same of a line of `ls --json` or `find --json`.
    init(_ line: Summary) {
        path = line.path
        fields = [:]
        for name in Self.names + ["sha256"] {
            fields[name] = line.fields[name].map { "\($0)" }
        }
        if let time = fields["mtime"] { fields["mtime"] = Self.trimmed(String(time.dropLast())) }
    }

    private init(path: [UInt8], fields: [String: String]) { (self.path, self.fields) = (path, fields) }
}

extension Summary {
    /// A path in its exact bytes.
    var path: [UInt8] { bytes("path") }
    func bytes(_ name: String) -> [UInt8] {
        guard let encoded = fields[name + "_base64"] as? String else { return text(name).bytes }
        return Data(base64Encoded: encoded).map { Array($0) } ?? []
    }
}
