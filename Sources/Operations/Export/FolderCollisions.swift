import Primitives
import RepositoryEngine
import Strategy

/// Several components of one kind share a folder, as long as no file of one falls on something of another.
enum FolderCollisions {
    /// Throws `usage` for the first collision. Directories may be in both.
    static func check(_ layouts: [ComponentLayout]) throws {
        let folders = Dictionary(grouping: layouts) { $0.component.folder.description }
        for (_, sharing) in folders.sorted(by: { $0.key < $1.key }) where sharing.count > 1 {
            for (index, first) in sharing.enumerated() {
                for second in sharing[(index + 1)...] { try compare(first, second) }
            }
        }
    }

    private static func compare(_ first: ComponentLayout, _ second: ComponentLayout) throws {
        var x = try cursor(first)
        var y = try cursor(second)
        while !x.isAtEnd, !y.isAtEnd {
            guard let a = first.place(x.record.path) else {
                try x.advance()
                continue
            }
            guard let b = second.place(y.record.path) else {
                try y.advance()
                continue
            }
            let order = PathOrder.compare(a, b)
            if order == 0, x.record.kind != .directory || y.record.kind != .directory {
                throw Failure(
                    .usage,
                    "The components '\(first.component.name)' and '\(second.component.name)' both have \(String(decoding: a, as: UTF8.self)).",
                    advice: "Take them one at a time with --component; what shares a folder must not share files.")
            }
            if order <= 0 { try x.advance() }
            if order >= 0 { try y.advance() }
        }
    }

    private static func cursor(_ layout: ComponentLayout) throws -> RecordCursor {
        var reader = layout.snapshot.listing()
        let blocks = try reader.blocks(below: layout.snapshot.root) { $0.mayHold(layout.parent) }
        return try RecordCursor(reader: reader, blocks: blocks)
    }
}
