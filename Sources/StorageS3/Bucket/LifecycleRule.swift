/// One rule by which a bucket changes or removes what it keeps.
struct LifecycleRule: Sendable, Equatable {
    var name: String
    var prefix: String
    var isEnabled: Bool
    /// It removes the newest version, or puts a marker over it.
    var expires = false
    /// It removes versions that something was put over.
    var expiresNoncurrent = false
    /// The classes to which it moves objects.
    var classes: [String] = []
    var abortsUploads = false

    init(name: String, prefix: String, isEnabled: Bool = true) {
        (self.name, self.prefix, self.isEnabled) = (name, prefix, isEnabled)
    }

    init(_ element: XMLDocument.Element) {
        name = element.text(of: "ID") ?? ""
        let filter = element.child("Filter")
        // Whatever else a filter asks for, it may be so for our objects.
        prefix =
            element.text(of: "Prefix") ?? filter?.text(of: "Prefix") ?? filter?.child("And")?.text(of: "Prefix") ?? ""
        isEnabled = element.text(of: "Status") == "Enabled"
        expires = element.all("Expiration").contains { $0.child("Days") != nil || $0.child("Date") != nil }
        expiresNoncurrent = element.child("NoncurrentVersionExpiration") != nil
        classes = (element.all("Transition") + element.all("NoncurrentVersionTransition")).map {
            $0.text(of: "StorageClass") ?? ""
        }
        abortsUploads = element.child("AbortIncompleteMultipartUpload") != nil
    }

    /// Classes from which nothing can be read at once.
    static let frozen: Set<String> = ["GLACIER", "DEEP_ARCHIVE", ""]

    /// What it does to backups below this prefix; nil where that is harmless.
    func harm(below wanted: String) -> String? {
        guard isEnabled, prefix.hasPrefix(wanted) || wanted.hasPrefix(prefix) else { return nil }
        if expires { return "removes objects after a time" }
        // Once something was put over an object, the object is the noncurrent version.
        if expiresNoncurrent {
            return "removes noncurrent versions, which are the backups as soon as somebody has put something over them"
        }
        if let frozen = classes.first(where: { Self.frozen.contains($0) }) {
            return
                "moves objects to the class \(frozen.isEmpty ? "(unnamed)" : frozen), from which nothing can be read at once"
        }
        return nil
    }
}

extension XMLDocument.Element {
    /// As a document's part again, attributes left out.
    var written: String {
        let inside = children.isEmpty ? Self.escaped(text) : children.map(\.written).joined()
        return "<\(name)>\(inside)</\(name)>"
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    /// The same with another text in one child, which is added where there is none.
    func setting(_ child: String, to value: String) -> XMLDocument.Element {
        var changed = self
        changed.children.removeAll { $0.name == child }
        changed.children.append(XMLDocument.Element(name: child, text: value))
        return changed
    }
}
