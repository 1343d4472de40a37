import Primitives
import RepositoryEngine

extension SealOpener {
    /// Whether the key at hand collects and verifies, and opens no content and no names.
    package var isMaintainers: Bool { opensStructureOnly }

    /// Throws `key-denied` for a maintainer's key, before anything is looked for that it does not open.
    package func requireContent() throws { if opensStructureOnly { throw Failure.opensStructureOnly } }
}
