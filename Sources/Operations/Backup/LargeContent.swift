import Primitives
import RepositoryEngine
import Sealing

/// The chunks of a file that is read in pieces, in order, while several threads store them.
final class LargeContent: Sendable {
    struct State {
        var slices: [Slice] = []
        var lists: [Slice] = []
        var listTwins: [ChunkID] = []
        /// Chunks handed on and not yet stored; one more while the file is being read.
        var outstanding = 1
    }

    let entry: PendingEntry
    private let state = Monitor(State())

    init(entry: PendingEntry) { self.entry = entry }

    /// Keeps a place for the next chunk and returns its ordinal.
    func addChunk(count: Int) -> Int {
        state.withLock { state in
            state.slices.append(Slice(type: .data, id: .zero, offset: 0, count: UInt32(count)))
            state.outstanding += 1
            return state.slices.count - 1
        }
    }

    /// True when this was the last thing that the file waited for.
    func complete(_ ordinal: Int, _ id: ChunkID) -> Bool {
        state.update { state in
            state.slices[ordinal].id = id
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

    var sliceCount: Int { state.withLock { $0.slices.count } }
    var hasLists: Bool { state.withLock { !$0.lists.isEmpty } }

    /// Waits until all chunks so far are stored, and takes their slices out for a content list. Nil when `isBroken`.
    func takeSlices(isBroken: () -> Bool) -> [Slice]? {
        while true {
            let done = state.wait(milliseconds: 200) { $0.outstanding == 1 }
            if isBroken() { return nil }
            if done { break }
        }
        return state.withLock { state in
            defer { state.slices = [] }
            return state.slices
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
