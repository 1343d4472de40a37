/// A data directory in scratch space, whose recovery a server is to carry out.
package struct RecoveryTrial: Sendable {
    /// With recovery.signal and the settings of the recovery; nobody else's.
    package var dataDirectory: String
    /// A private directory of its own, for socket, settings and log. Its path is short enough for a socket's.
    package var folder: String
    /// The server's major version.
    package var major: Int
    /// Where the server's programs lie; nil where they are to be looked for.
    package var programs: String?
    /// Whether it stops at a target and waits there. Else it goes to the end of what the archive has, and becomes a server of its own.
    package var hasTarget: Bool
    /// Whether the target may lie before the base backup: nobody knew beforehand where it is.
    package var mayTargetLieBefore = false
    /// How long nothing at all may happen.
    package var patience: Duration = .seconds(1800)

    package init(dataDirectory: String, folder: String, major: Int, programs: String?, hasTarget: Bool) {
        (self.dataDirectory, self.folder) = (dataDirectory, folder)
        (self.major, self.programs, self.hasTarget) = (major, programs, hasTarget)
    }
}
