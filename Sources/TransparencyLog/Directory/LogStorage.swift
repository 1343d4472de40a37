/// Where the files of a log are kept, by the paths that tlog-tiles gives them.
package protocol LogStorage: Sendable {
    /// Nil when there is no such file.
    func read(_ path: String) throws -> [UInt8]?
    /// Writes files, in place of what was there. On return all of them survive a crash, with their names; of a call that a crash cut short any of them may be
    /// there, or a piece of one.
    /// Renames that were made before survive a crash then, too.
    func write(_ files: [LogFile]) throws
    /// Renames in one step, in place of what had the other name. A crash afterwards leaves either name.
    func rename(_ path: String, to other: String) throws
    /// Names of the files in a folder; none where there is no such folder.
    func names(in folder: String) throws -> [String]
    /// Folders that nothing is in any more may go, too.
    func remove(_ paths: [String]) throws
}

package struct LogFile: Sendable, Equatable {
    package var path: String
    package var bytes: [UInt8]

    package init(_ path: String, _ bytes: [UInt8]) { (self.path, self.bytes) = (path, bytes) }
}
