import Primitives
import RepositoryEngine

/// A repository, and the key of an administrator of it: what every change of keys begins with.
package struct KeyAuthority: Sendable {
    let repository: Repository
    let source: KeySource
    let terminal: Terminal
    let clock: WallClock

    package init(repository: Repository, source: KeySource, surroundings: Surroundings) {
        self.repository = repository
        self.source = source
        terminal = surroundings.terminal
        clock = surroundings.clock
    }

    func open() throws -> AdministratorSession {
        try AdministratorSession.open(repository, source, terminal: terminal, clock: clock)
    }
}
