import Primitives
import Sealing

/// A pack that known chunks lie in.
package struct KnownPack: Sendable, Equatable {
    package var name: Digest32
    package var size: UInt64
    package init(name: Digest32, size: UInt64) { (self.name, self.size) = (name, size) }
}

/// What a writer remembers of its own packs: the ids of chunks, and where the contents of small files lie in bundles. It is what makes
/// a chunk be stored once. It holds hashes only, and only of what the newest snapshots still name.
package final class KnownContent: @unchecked Sendable {
    // SAFETY: everything is touched under `monitor`.
    fileprivate struct State: ~Copyable {
        var chunks: OpenTable
        var contents: OpenTable
        /// Of the chunks that are stored as deltas of others: whoever refers to one has to name what it needs as well.
        var forms: DeltaForms
        var packs: [KnownPack?]
        var missing: Set<UInt32> = []
    }

    private final class Box {
        var state: State
        init(_ state: consuming State) { self.state = state }
    }

    private let monitor: Monitor<Box>

    /// A key of 16 bytes; the pack's ordinal, or the slice's id, offset and length; both rounded up to eight.
    fileprivate static let (chunkSlot, contentSlot) = (24, 56)

    /// An empty memory with its tables' files in `folder`.
    package init(folder: String, expectedChunks: Int = 0, expectedContents: Int = 0, expectedForms: Int = 0) throws {
        let chunks = try OpenTable(slotBytes: Self.chunkSlot, expecting: expectedChunks, folder: folder)
        let contents = try OpenTable(slotBytes: Self.contentSlot, expecting: expectedContents, folder: folder)
        let forms = try DeltaForms(folder: folder, expecting: expectedForms)
        monitor = Monitor(Box(State(chunks: chunks, contents: contents, forms: forms, packs: [])))
    }

    fileprivate func locked<R>(_ body: (inout State) throws -> R) rethrows -> R {
        try monitor.withLock { try body(&$0.state) }
    }

    package var counts: (chunks: Int, contents: Int) { locked { ($0.chunks.count, $0.contents.count) } }
    package var isEmpty: Bool { locked { $0.chunks.count == 0 } }
    package var packCount: UInt32 { locked { UInt32($0.packs.count) } }
    package var packs: [KnownPack?] { locked { $0.packs } }

    /// Makes room for a pack that is named later, and returns its ordinal.
    package func addPack(_ pack: KnownPack) -> UInt32 {
        locked { state in
            state.packs.append(pack)
            return UInt32(state.packs.count - 1)
        }
    }

    /// The same for a pack that has no name yet.
    package func reservePack() -> UInt32 {
        locked { state in
            state.packs.append(nil)
            return UInt32(state.packs.count - 1)
        }
    }

    package func name(_ ordinal: UInt32, _ pack: KnownPack) {
        locked { state in
            while state.packs.count <= Int(ordinal) { state.packs.append(nil) }
            state.packs[Int(ordinal)] = pack
        }
    }

    /// Packs that the store no longer has: their chunks count as unknown.
    package func markMissing(_ ordinals: Set<UInt32>) { locked { $0.missing.formUnion(ordinals) } }
    package var hasMissingPacks: Bool { locked { !$0.missing.isEmpty } }

    fileprivate static let claimed = UInt32.max

    /// True when the chunk is stored already or somebody is storing it; otherwise the caller is the one who stores it now.
    package func claim(_ id: ChunkID) throws -> Bool {
        try locked { state in
            if let value = state.chunks.value(for: id.prefix) {
                let pack = value.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
                let lacksBases = state.forms[id.prefix].map { !state.holdsAll($0.bases) } ?? false
                guard lacksBases || state.missing.contains(pack) else { return true }
                Self.set(value, Self.claimed)
                try state.forms.set(id.prefix, nil)
                return false
            }
            return try !state.chunks.insert(id.prefix) { $0.storeBytes(of: Self.claimed, as: UInt32.self) }
        }
    }

    package func isKnown(_ id: ChunkID) -> Bool { pack(of: id) != nil }

    /// The ordinal of the pack that holds the chunk.
    package func pack(of id: ChunkID) -> UInt32? {
        locked { state in
            guard let value = state.chunks.value(for: id.prefix) else { return nil }
            let pack = value.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
            return state.missing.contains(pack) ? nil : pack
        }
    }

    /// `form` is that of a delta. Whoever waits for the chunk goes on.
    package func set(_ id: ChunkID, pack: UInt32, form: DeltaForm? = nil) throws {
        try monitor.update { try Self.set(id, pack, form, &$0.state) }
    }

    private static func set(_ id: ChunkID, _ pack: UInt32, _ form: DeltaForm?, _ state: inout State) throws {
        try state.forms.set(id.prefix, form)
        if let value = state.chunks.value(for: id.prefix) {
            set(value, pack)
        } else {
            _ = try state.chunks.insert(id.prefix) { $0.storeBytes(of: pack, as: UInt32.self) }
        }
    }

    package enum Form: Sendable {
        case unknown
        /// Somebody is storing it.
        case claimed
        case whole
        case delta(DeltaForm)
    }

    /// How a chunk is stored.
    package func form(of id: ChunkID) -> Form { locked { $0.form(of: id) } }

    /// The same once nobody is storing it any more; `claimed` only where `isBroken`, for then nobody may ever have stored it.
    package func settledForm(of id: ChunkID, isBroken: () -> Bool) -> Form {
        while true {
            var form = Form.claimed
            let isSettled = monitor.wait(milliseconds: 200) { box in
                form = box.state.form(of: id)
                if case .claimed = form { return false }
                return true
            }
            if isSettled || isBroken() { return form }
        }
    }

    /// What it takes to read a chunk that a delta may lean on: no steps and no bases for a whole one. Nil when it may not.
    package func base(_ id: ChunkID) -> DeltaForm? {
        locked { state in
            switch state.form(of: id) {
            case .unknown, .claimed: nil
            case .whole: DeltaForm(depth: 0, bases: [])
            case .delta(let form): state.holdsAll(form.bases) ? form : nil
            }
        }
    }

    package var hasDeltas: Bool { locked { !$0.forms.isEmpty } }

    private static func set(_ value: UnsafeRawBufferPointer, _ pack: UInt32) {
        UnsafeMutableRawBufferPointer(mutating: value).storeBytes(of: pack, as: UInt32.self)
    }

    /// Where the content of a small file lies, by (the beginning of) the id that it would have as a chunk of its own.
    package func slice(of content: Prefix16) -> Slice? {
        locked { state in
            guard let value = state.contents.value(for: content) else { return nil }
            let id = Digest32(loading: value)
            if !state.missing.isEmpty {
                guard let chunk = state.chunks.value(for: id.prefix),
                    !state.missing.contains(chunk.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
                else { return nil }
            }
            return Slice(
                type: .bundle, id: id, offset: value.loadUnaligned(fromByteOffset: 32, as: UInt32.self),
                count: value.loadUnaligned(fromByteOffset: 36, as: UInt32.self))
        }
    }

    package func remember(_ content: Prefix16, at slice: Slice) throws {
        try locked { state in
            func fill(_ value: UnsafeMutableRawBufferPointer) {
                slice.id.store(into: value)
                value.storeBytes(of: slice.offset, toByteOffset: 32, as: UInt32.self)
                value.storeBytes(of: slice.count, toByteOffset: 36, as: UInt32.self)
            }
            if let value = state.contents.value(for: content) {
                fill(UnsafeMutableRawBufferPointer(mutating: value))
            } else {
                _ = try state.contents.insert(content, fill)
            }
        }
    }
}

extension KnownContent.State {
    fileprivate func form(of id: ChunkID) -> KnownContent.Form {
        guard let value = chunks.value(for: id.prefix) else { return .unknown }
        let pack = value.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
        if pack == KnownContent.claimed { return .claimed }
        if missing.contains(pack) { return .unknown }
        return forms[id.prefix].map { .delta($0) } ?? .whole
    }

    fileprivate func holdsAll(_ ids: [ChunkID]) -> Bool {
        ids.allSatisfy { id in
            guard let value = chunks.value(for: id.prefix) else { return false }
            let pack = value.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
            return pack != KnownContent.claimed && !missing.contains(pack)
        }
    }
}

extension KnownContent {
    /// Calls `body` with every content and where it lies.
    package func forEachContent(_ body: (Prefix16, Slice) throws -> Void) throws {
        try locked { state in
            try state.contents.forEach { slot in
                let value = UnsafeRawBufferPointer(rebasing: slot[16...])
                try body(
                    Prefix16(loading: slot),
                    Slice(
                        type: .bundle, id: Digest32(loading: value),
                        offset: value.loadUnaligned(fromByteOffset: 32, as: UInt32.self),
                        count: value.loadUnaligned(fromByteOffset: 36, as: UInt32.self)))
            }
        }
    }

    /// The files of a bundle, in order.
    package func remember(_ line: SessionJournal.BundleLine) throws {
        var offset: UInt32 = 0
        for file in line.files {
            try remember(file.content, at: Slice(type: .bundle, id: line.bundle, offset: offset, count: file.count))
            offset &+= file.count
        }
    }

    private static let recordLimit = 256 << 10

    /// Writes all of it to a sealed file: packs, then chunks, then contents, then the forms of deltas.
    package func save(to writer: SealedFile.Writer) throws {
        var head = ByteWriter()
        try locked { state in
            head.varint(state.chunks.count)
            head.varint(state.contents.count)
            head.varint(state.packs.count)
            for pack in state.packs {
                head.digest(pack?.name ?? .zero)
                head.u64(pack?.size ?? 0)
            }
            head.varint(state.forms.count)
            try writer.append(head.bytes)
            try Self.save(state.chunks, to: writer)
            try Self.save(state.contents, to: writer)
            if !state.forms.isEmpty { try state.forms.save(to: writer) }
        }
    }

    private static func save(_ table: borrowing OpenTable, to writer: SealedFile.Writer) throws {
        var record: [UInt8] = []
        try table.forEach { slot in
            record.append(contentsOf: slot)
            if record.count >= recordLimit {
                try writer.append(record)
                record.removeAll(keepingCapacity: true)
            }
        }
        try writer.append(record)
    }

    /// The beginning of what `save` wrote: which packs there are, and how much is still to be read.
    package struct Saved {
        package let packs: [KnownPack?]
        fileprivate let chunkCount: Int
        fileprivate let contentCount: Int
        fileprivate let formCount: Int
        fileprivate let reader: SealedFile.Reader

        /// Nil when there is nothing, or it is torn.
        package init?(reader: SealedFile.Reader) {
            guard let head = reader.next() else { return nil }
            let size = reader.size
            do throws(EncodingError) {
                (chunkCount, contentCount, formCount, packs) = try ByteReader.reading(head) {
                    (reader) throws(EncodingError) in
                    let (chunks, contents) = (Int(clamping: try reader.varint()), Int(clamping: try reader.varint()))
                    // Tables are reserved on the disk for as many: a count is no reason to fill it.
                    guard chunks <= size / chunkSlot, contents <= size / contentSlot else {
                        throw EncodingError("counts more than it holds")
                    }
                    var packs: [KnownPack?] = []
                    for _ in 0..<(try reader.count(ofAtLeast: 40)) {
                        let pack = KnownPack(name: try reader.digest(), size: try reader.u64())
                        packs.append(pack.name == .zero ? nil : pack)
                    }
                    // Versions before deltas of content end here.
                    let forms = reader.isAtEnd ? 0 : Int(clamping: try reader.varint())
                    guard forms <= size / DeltaForms.leastBytes else {
                        throw EncodingError("counts more than it holds")
                    }
                    return (chunks, contents, forms, packs)
                }
            } catch {
                return nil
            }
            self.reader = reader
        }

        /// Reads the rest. Nil when it is torn: then everything counts as unknown, which costs a re-upload and never a loss.
        package func load(folder: String) throws -> KnownContent? {
            let known = try KnownContent(
                folder: folder, expectedChunks: chunkCount + 1, expectedContents: contentCount + 1,
                expectedForms: formCount)
            let complete = try known.locked { state in
                state.packs = packs
                guard try KnownContent.fill(&state.chunks, chunkCount, from: reader),
                    try KnownContent.fill(&state.contents, contentCount, from: reader)
                else { return false }
                return try formCount == 0 || state.forms.load(formCount, from: reader)
            }
            return complete ? known : nil
        }
    }

    fileprivate static func fill(_ table: inout OpenTable, _ count: Int, from reader: SealedFile.Reader) throws -> Bool
    {
        var left = count
        while true {
            guard let record = reader.next(), record.count.isMultiple(of: table.slotCount) else { return false }
            try record.withUnsafeBytes { raw in
                for start in stride(from: 0, to: raw.count, by: table.slotCount) {
                    let slot = UnsafeRawBufferPointer(rebasing: raw[start..<start + table.slotCount])
                    _ = try table.insert(Prefix16(loading: slot)) {
                        $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: slot[16...]))
                    }
                }
            }
            left -= record.count / table.slotCount
            // `save` ends each table with a record that is smaller than the limit.
            if record.count < recordLimit { return left == 0 }
        }
    }
}
