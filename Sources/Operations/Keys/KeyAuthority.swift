import Primitives
import RepositoryEngine

/// A repository, and the key of an administrator of it: what every change of keys begins with.
package struct KeyAuthority: Sendable {
    let repository: Repository
    let source: KeySource
    let terminal: Terminal
    let clock: WallClock
    /// Of this host, where it is known.
    var state: HostState?

    package init(repository: Repository, source: KeySource, surroundings: Surroundings) {
        self.init(
            repository: repository, source: source, terminal: surroundings.terminal, clock: surroundings.clock)
        state = surroundings.hostState
    }

    package init(repository: Repository, source: KeySource, terminal: Terminal, clock: WallClock) {
        (self.repository, self.source, self.terminal, self.clock) = (repository, source, terminal, clock)
    }

    func open() throws -> AdministratorSession {
        try AdministratorSession.open(repository, source, terminal: terminal, clock: clock)
    }
}
