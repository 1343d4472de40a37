import Primitives
import RepositoryEngine
import Sealing

/// The chunks of a file that is read in pieces, in order, while several threads store them.
final class LargeContent: Sendable {
    struct State {
        var slices: [Slice] = []
        /// Chunks that are in lists.
        var listed = 0
        var lists: [Slice] = []
        var listTwins: [ChunkID] = []
        /// What the deltas among the slices lean on.
        var bases: Set<ChunkID> = []
        /// Bytes of all chunks so far.
        var end: UInt64 = 0
        /// Chunks handed on and not yet stored; one more while the file is being read.
        var outstanding = 1
        /// Whether any chunk of it had to be stored.
        var isNew = false
    }

    let entry: PendingEntry
    /// Where its pieces may be stored as differences.
    let versions: FileVersions?
    /// Whether what is in it stays at its place: its chunks are all of one size, and each is compared with what was at the same place.
    let isPaged: Bool
    private let state = Monitor(State())

    init(entry: PendingEntry, versions: FileVersions?, isPaged: Bool = false) {
        (self.entry, self.versions, self.isPaged) = (entry, versions, isPaged)
    }

    /// Of the chunks where it is paged; pages have 32 KiB at most.
    static let pagedChunk = 256 << 10

    /// A chunk's place in its file.
    struct Place {
        /// Among all chunks, and among those that are in no list yet.
        var number: Int
        var ordinal: Int
        var start: UInt64
    }

    /// Keeps a place for the next chunk.
    func addChunk(count: Int) -> Place {
        state.withLock { state in
            let place = Place(number: state.listed + state.slices.count, ordinal: state.slices.count, start: state.end)
            state.slices.append(Slice(type: .data, id: .zero, offset: 0, count: UInt32(count)))
            state.outstanding += 1
            state.end += UInt64(count)
            return place
        }
    }

    /// True when this was the last thing that the file waited for. `bases` are those of a delta.
    func complete(_ ordinal: Int, _ id: ChunkID, bases: [ChunkID]) -> Bool {
        state.update { state in
            state.slices[ordinal].id = id
            state.bases.formUnion(bases)
            state.outstanding -= 1
            return state.outstanding == 0
        }
    }

    /// The reader is done; true when nothing is outstanding.
    func finishReading() -> Bool {
        state.update { state in
            state.outstanding -= 1
            return state.outstanding == 0
        }
    }

    /// A chunk of it had to be stored.
    func noteNew() { state.withLock { $0.isNew = true } }

    var sliceCount: Int { state.withLock { $0.slices.count } }
    /// Whether the slices cannot stand in the record: they are many, or others have to be named with them.
    var needsList: Bool {
        state.withLock {
            !$0.lists.isEmpty || $0.slices.count > ContentList.inlineLimit || !$0.bases.isEmpty
        }
    }

    /// Waits until all chunks so far are stored, and takes their slices out for a content list. Nil when `isBroken`.
    func takeSlices(isBroken: () -> Bool) -> (slices: [Slice], bases: [ChunkID])? {
        while true {
            let done = state.wait(milliseconds: 200) { $0.outstanding <= 1 }
            if isBroken() { return nil }
            if done { break }
        }
        return state.withLock { state in
            defer { (state.slices, state.bases) = ([], []) }
            state.listed += state.slices.count
            return (state.slices, state.bases.sorted())
        }
    }

    func addList(_ slice: Slice, twin: ChunkID) {
        state.withLock { state in
            state.lists.append(slice)
            state.listTwins.append(twin)
        }
    }

    /// Moves what was gathered into the record.
    func settle() {
        state.withLock { state in
            entry.isKnownContent = !state.isNew
            if state.lists.isEmpty {
                entry.record.slices = state.slices
            } else {
                entry.record.slices = state.lists
                entry.record.listTwins = state.listTwins
                entry.record.flags.insert(.contentList)
            }
        }
    }
}
