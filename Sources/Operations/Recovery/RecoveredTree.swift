import Primitives
import RepositoryEngine

/// A part of a base backup that comes into a directory of its own: the data directory, a tablespace, or a log that lies elsewhere.
struct RecoveredTree: Sendable {
    /// As listings have paths.
    var source: [UInt8]
    /// Absolute.
    var target: String
    /// Parts below it that go elsewhere or come later, as listings have paths.
    var leftOut: [[UInt8]] = []
    /// Paths below the target that stay though the base backup does not have them.
    var kept: Set<[UInt8]> = []
    /// Whether what else lies right below the target is somebody else's: another major version keeps its files beside ours.
    var isShared = false

    /// Where in the tree a record of the listing comes; nil for what does not belong to it.
    func place(of path: [UInt8]) -> [UInt8]? {
        guard PathOrder.isInside(path, source), !leftOut.contains(where: { PathOrder.isInside(path, $0) }) else {
            return nil
        }
        return Array(path.dropFirst(path.count == source.count ? source.count : source.count + 1))
    }
}

/// Where everything of a base backup goes.
struct RecoveryLayout: Sendable {
    static let control = Array("global/pg_control".utf8)

    /// The data directory first.
    let trees: [RecoveredTree]
    /// By object id: where each tablespace goes.
    let tablespaces: [(oid: UInt32, target: String)]
    /// Where the data directory's pg_wal leads, if it is a link.
    let logDirectory: String?
    /// The listing's path of the control file, which comes last: without it no server starts.
    let controlFile: [UInt8]

    var dataDirectory: String { trees[0].target }

    init(component: String, dataDirectory: String, tablespaces: [(oid: UInt32, target: String)], logDirectory: String?)
    {
        let top = Array("\(component)/data".utf8)
        func below(_ name: String) -> [UInt8] { top + Array(("/" + name).utf8) }
        controlFile = top + [0x2F] + Self.control
        var data = RecoveredTree(source: top, target: dataDirectory)
        // The map would have the server make links to where tablespaces were once; links are made by us.
        data.leftOut =
            [controlFile, below("tablespace_map"), below(RecoveryMarker.name)]
            + tablespaces.map { below("pg_tblspc/\($0.oid)") }
        data.kept = [Array(RecoveryMarker.name.utf8), Array("lost+found".utf8)]
        // Links to tablespaces tell a run after an interrupted one where they are.
        data.kept.formUnion(tablespaces.map { Array("pg_tblspc/\($0.oid)".utf8) })
        var trees = [data]
        if let logDirectory {
            trees[0].leftOut.append(below("pg_wal"))
            trees[0].kept.insert(Array("pg_wal".utf8))
            trees.append(RecoveredTree(source: below("pg_wal"), target: logDirectory))
        }
        for tablespace in tablespaces {
            trees.append(
                RecoveredTree(
                    source: Array("\(component)/tablespaces/\(tablespace.oid)".utf8), target: tablespace.target,
                    isShared: true))
        }
        (self.trees, self.tablespaces, self.logDirectory) = (trees, tablespaces, logDirectory)
    }
}
