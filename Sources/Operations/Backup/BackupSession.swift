import Chunking
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// What the threads of one backup share.
final class BackupSession: Sendable {
    let options: BackupOptions
    let began: Timestamp
    let identity: ChunkIdentity
    let chunker: GearChunker
    let memory: WriterMemory
    let packs: PackPool
    let metadata: MetadataPacks
    let ledger: SessionLedger
    let lists: ContentLists
    /// Where differences are wanted.
    let versions: VersionCache?

    init(
        options: BackupOptions, began: Timestamp, identity: ChunkIdentity, chunker: GearChunker, memory: WriterMemory,
        packs: PackPool,
        metadata: MetadataPacks, ledger: SessionLedger, lists: ContentLists,
        versions: VersionCache?
    ) {
        self.options = options
        self.began = began
        self.identity = identity
        self.chunker = chunker
        self.memory = memory
        self.packs = packs
        self.metadata = metadata
        self.ledger = ledger
        self.lists = lists
        self.versions = versions
    }
}
