import Catalog
import Operations
import Primitives

/// What the daemon is given by the place it runs in.
package struct DaemonSurroundings: Sendable {
    package var surroundings: Surroundings
    package var software: String
    package var manager: ServiceManager
    /// Reads the strategy file, and throws `strategy-invalid` or `strategy-missing`.
    package var load: @Sendable () throws -> LoadedStrategy
    /// Whether somebody asked for the file to be read again, since this was asked last.
    package var takeReloadRequest: @Sendable () -> Bool
    package var say: @Sendable (DaemonSaying) -> Void
    /// Where other accounts ask, and what they are answered; nil where nobody does.
    package var visits: (path: String, busy: [UInt8], answer: PeerSocket.Answer)?

    package init(
        surroundings: Surroundings, software: String, manager: ServiceManager,
        load: @escaping @Sendable () throws -> LoadedStrategy, takeReloadRequest: @escaping @Sendable () -> Bool,
        say: @escaping @Sendable (DaemonSaying) -> Void
    ) {
        (self.surroundings, self.software, self.manager) = (surroundings, software, manager)
        (self.load, self.takeReloadRequest, self.say) = (load, takeReloadRequest, say)
    }
}

/// What the daemon says of its work, for a log.
package enum DaemonSaying: Sendable {
    case ready(file: String, jobs: Int)
    case run(RunRecord)
    case watching(String)
    case trouble(Failure)
    case note(String)
    case stopping
}
