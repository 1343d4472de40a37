import CLinux
import Glibc
import TestSupport
import Testing

/// A tree of everything that a file system can hold: the same for the same seed.
struct RandomTree {
    enum Kind: CaseIterable { case file, directory, link, fifo, socket, device }
    struct Entry {
        var path: [UInt8]
        var kind: Kind
    }

    private var random: SeededGenerator
    private let builder: TreeBuilder
    private(set) var entries: [Entry] = []
    private var made = 0

    init(seed: UInt64, at root: String, count: Int) throws {
        random = SeededGenerator(seed: seed)
        builder = try TreeBuilder(root)
        for _ in 0..<count { try add() }
        // From the deepest up, so that making entries does not touch what was set.
        for entry in entries.reversed() { try dress(entry) }
    }

    /// Adds, removes, renames, writes and dresses anew.
    mutating func change(_ times: Int) throws {
        for _ in 0..<times {
            let victim = Int.random(in: entries.indices, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: try remove(victim)
            case 1 where entries[victim].kind == .file: try scribble(entries[victim].path)
            case 2: try rename(victim)
            case 3: try dress(entries[victim])
            default:
                try add()
                if let newest = entries.last { try dress(newest) }
            }
        }
    }

    // MARK: - One entry

    private mutating func add() throws {
        let kinds: [Kind] = isRoot ? [.fifo, .socket, .device] : [.fifo, .socket]
        let weighted: [Kind] = [.file, .file, .file, .file, .file, .directory, .directory, .link] + kinds
        let kind = weighted.randomElement(using: &random) ?? .file
        let path = freshPath()
        switch kind {
        case .file:
            if let other = entries.last(where: { $0.kind == .file }), Int.random(in: 0..<8, using: &random) == 0 {
                try builder.hardLink(path, to: other.path)
            } else {
                try builder.file(path, content())
            }
        case .directory: try builder.directory(path)
        case .link:
            try builder.link(path, to: random.bytes(Int.random(in: 1...40, using: &random)).map { $0 == 0 ? 0x41 : $0 })
        case .fifo: try builder.node(path, S_IFIFO)
        case .socket: try builder.node(path, S_IFSOCK)
        case .device:
            let type = Bool.random(using: &random) ? S_IFCHR : S_IFBLK
            try builder.node(
                path, type, major: UInt32.random(in: 0..<300, using: &random),
                minor: UInt32.random(in: 0..<70_000, using: &random))
        }
        entries.append(Entry(path: path, kind: kind))
    }

    private mutating func freshPath() -> [UInt8] {
        made += 1
        let parents = entries.filter { $0.kind == .directory && $0.path.count < 900 }
        let parent = Int.random(in: 0..<4, using: &random) == 0 ? nil : parents.randomElement(using: &random)
        return (parent.map { $0.path + [0x2F] } ?? []) + name()
    }

    /// Names of bytes, of words, with line feeds, as long as they can be; a number makes each one unique.
    private mutating func name() -> [UInt8] {
        let number = Array("\(made)".utf8)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return number + random.bytes(12).map { $0 == 0 || $0 == 0x2F ? 0xFE : $0 }
        case 1: return number + "line\nfeed\ttab\\ \"'*?[".utf8
        case 2: return Array(repeating: 0x6E, count: 255 - number.count) + number
        case 3: return Array("ünïcødé-語-".utf8) + number
        default: return Array("entry-".utf8) + number
        }
    }

    private mutating func content() -> [UInt8] {
        let size = [0, 1, 100, 4096, 20_000, 65_536, 131_071, 131_072, 131_073].randomElement(using: &random) ?? 0
        let text = Array("the same line again and again, number \(made)\n".utf8)
        if Bool.random(using: &random) { return (0..<size).map { text[$0 % text.count] } }
        return random.bytes(size)
    }

    // MARK: - Metadata

    private mutating func dress(_ entry: Entry) throws {
        if isRoot, Bool.random(using: &random) {
            try builder.owner(
                entry.path, UInt32.random(in: 0..<70_000, using: &random), UInt32.random(in: 0..<70_000, using: &random)
            )
        }
        if entry.kind != .link {
            try attributes(entry)
            let special: UInt32 =
                Int.random(in: 0..<5, using: &random) == 0 ? UInt32.random(in: 0...7, using: &random) << 9 : 0
            // Somebody who is not root must still be able to look into what he made.
            let least: UInt32 = isRoot ? 0 : 0o700
            try builder.mode(entry.path, special | UInt32.random(in: 0...0o777, using: &random) | least)
        }
        let seconds = [
            Int64.random(in: -3_000_000_000 ... -1, using: &random), 0,
            Int64.random(in: 1...4_000_000_000, using: &random),
        ]
        try builder.time(
            entry.path, seconds.randomElement(using: &random) ?? 0, UInt32.random(in: 0..<1_000_000_000, using: &random)
        )
    }

    private mutating func attributes(_ entry: Entry) throws {
        // The kernel lets only files and directories have attributes of users.
        if entry.kind == .file || entry.kind == .directory, Int.random(in: 0..<3, using: &random) == 0 {
            try builder.attribute(entry.path, "user.note", random.bytes(Int.random(in: 0..<300, using: &random)))
        }
        guard Int.random(in: 0..<4, using: &random) == 0 else { return }
        // The kernel's encoding of u::rwx, u:1001:r-x, g::r-x, m::rwx, o::---.
        let list: [UInt8] =
            [2, 0, 0, 0] + [1, 0, 7, 0, 255, 255, 255, 255] + [2, 0, 5, 0, 0xE9, 3, 0, 0] + [
                4, 0, 5, 0, 255, 255, 255, 255,
            ]
            + [16, 0, 7, 0, 255, 255, 255, 255] + [32, 0, 0, 0, 255, 255, 255, 255]
        try builder.attribute(entry.path, "system.posix_acl_access", list)
        if entry.kind == .directory { try builder.attribute(entry.path, "system.posix_acl_default", list) }
    }

    // MARK: - Changes

    private func isEmpty(_ directory: [UInt8]) -> Bool {
        !entries.contains { $0.path.starts(with: directory + [0x2F]) }
    }

    private mutating func remove(_ index: Int) throws {
        let entry = entries[index]
        guard entry.kind != .directory || isEmpty(entry.path) else { return }
        try builder.remove(entry.path, directory: entry.kind == .directory)
        entries.remove(at: index)
    }

    private mutating func rename(_ index: Int) throws {
        guard entries[index].kind != .directory else { return }
        let path = freshPath()
        try builder.rename(entries[index].path, to: path)
        entries[index].path = path
    }

    private mutating func scribble(_ path: [UInt8]) throws {
        try builder.mode(path, 0o644)
        try builder.overwrite(path, at: Int.random(in: 0..<50_000, using: &random), random.bytes(64))
    }
}
