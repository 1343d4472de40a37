/// Where an export, or a restore of several components, puts a component.
package struct ComponentFolder: Hashable, Sendable, CustomStringConvertible {
    /// One name that every file system takes; never '.' or '..', and not one of the export's own files.
    package let description: String
    /// Nil where neither a tag nor the component's name says it.
    package let kind: ComponentKind?

    /// By the tag `kind=KIND`; else by the component's name where that is a kind or a kind's folder; else the name itself, in which
    /// every byte but ASCII letters, digits, '.', '-' and '_' becomes '_'.
    package init(component: String, tags: [String]) {
        let tagged = tags.lazy.filter { $0.hasPrefix(ComponentKind.tagPrefix) }.compactMap {
            ComponentKind(rawValue: String($0.dropFirst(ComponentKind.tagPrefix.count)))
        }.first
        kind =
            tagged ?? ComponentKind(rawValue: component)
            ?? ComponentKind.allCases.first { $0.folder == component }
        description = kind?.folder ?? Self.safe(component)
    }

    /// Names beside the folders in an export.
    package static let taken = ["MANIFEST.json", "SHA256SUMS"]

    private static func safe(_ name: String) -> String {
        let bytes = name.utf8.prefix(200).map { isPlain($0) ? $0 : UInt8(ascii: "_") }
        let text = String(decoding: bytes, as: UTF8.self)
        let isSpecial = text.isEmpty || text.hasPrefix(".") || text.hasPrefix("-") || taken.contains(text)
        return isSpecial ? "_" + text : text
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
