/// An empty database server that is wanted for a while, to try a dump on.
package struct ScratchClusterRequest: Sendable {
    /// A private directory of its own, for data, socket, settings and log. Its path is short enough for a socket's.
    package var folder: String
    /// The server's major version.
    package var major: Int
    /// Where the server's programs lie; nil where they are to be looked for.
    package var programs: String?
    /// How long nothing at all may happen.
    package var patience: Duration = .seconds(1800)

    package init(folder: String, major: Int, programs: String?) {
        (self.folder, self.major, self.programs) = (folder, major, programs)
    }
}

/// A database server of our own in scratch space: nobody else reaches it, and it is gone with us.
package protocol ScratchCluster: Sendable {
    /// How it is reached.
    var socketFolder: String { get }
    var port: Int { get }
    var superuser: String { get }
    /// Makes the roles that a dump's owners are; what cannot be made here is left out.
    func makeRoles(from globals: String, isCancelled: @Sendable () -> Bool) throws(StreamFailure)
    /// Brings a dump back into a database of this name, which is made.
    func restore(_ dump: String, into database: String, isCancelled: @Sendable () -> Bool) throws(StreamFailure)
    func stop()
}
