import Primitives

/// A store far away, of which small reads take more than they ask for: what lies beside one read is mostly read next, and a request
/// takes as long for a hundred times the bytes. Objects never change, so that what was read stays true.
///
/// Reads that follow on each other take four times as much each time, also where several go through one object side by side. Large
/// ones pass through. At most `room` bytes are kept.
package final class ReadAheadStore: ObjectStore {
    private struct Stretch {
        var offset: Int64
        var bytes: [UInt8]
        /// Whether the object ends with it.
        var isLast: Bool
        var used: UInt64
        var end: Int64 { offset + Int64(bytes.count) }
    }

    private struct State {
        var stretches: [ObjectName: [Stretch]] = [:]
        /// Reads of an object that others may follow on: where each ended and how much it took.
        var steps: [ObjectName: [(end: Int64, bytes: Int)]] = [:]
        var kept = 0
        var clock: UInt64 = 0
    }

    static let firstBytes = 128 << 10
    static let mostBytes = 2 << 20
    private static let mostSteps = 4096
    private static let mostStepsOfAnObject = 4

    /// What is read ahead of.
    package var base: any ObjectStore { inner }
    private let inner: any ObjectStore
    private let room: Int
    private let state = Monitor(State())

    package init(_ inner: any ObjectStore, room: Int = 24 << 20) { (self.inner, self.room) = (inner, room) }

    package var location: String { inner.location }
    package var directory: String? { inner.directory }
    package var locking: (any ObjectLocking)? { inner.locking }
    package var usefulThreads: Int { inner.usefulThreads }
    package var inquiry: (any StoreInquiry)? { inner.inquiry }

    package func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard buffer.count > 0, buffer.count <= Self.mostBytes / 4 else {
            return try inner.read(name, at: offset, into: buffer)
        }
        if let count = state.withLock({ Self.copy(name, offset, buffer, &$0) }) { return count }
        let wanted = max(buffer.count, state.withLock { Self.step(name, offset, &$0) })
        var bytes = try [UInt8](unsafeUninitializedCapacity: wanted) { space, filled in
            filled = try inner.read(name, at: offset, into: UnsafeMutableRawBufferPointer(space))
        }
        // Most objects are small: what was taken for a long one is not to be kept for a short one.
        if bytes.count < wanted / 2 { bytes = bytes.withUnsafeBytes { Array($0) } }
        let count = min(bytes.count, buffer.count)
        buffer.copyBytes(from: bytes.prefix(count))
        state.withLock { state in
            state.clock += 1
            let stretch = Stretch(
                offset: offset, bytes: bytes, isLast: bytes.count < wanted, used: state.clock)
            state.steps[name, default: []].append((stretch.end, wanted))
            keep(stretch, of: name, &state)
        }
        return count
    }

    /// Nil where no stretch holds all of it.
    private static func copy(
        _ name: ObjectName, _ offset: Int64, _ buffer: UnsafeMutableRawBufferPointer, _ state: inout State
    ) -> Int? {
        guard let stretches = state.stretches[name] else { return nil }
        let end = offset + Int64(buffer.count)
        guard
            let index = stretches.firstIndex(where: { $0.offset <= offset && (end <= $0.end || $0.isLast) })
        else { return nil }
        state.clock += 1
        state.stretches[name]?[index].used = state.clock
        let stretch = stretches[index]
        let first = min(stretch.bytes.count, Int(offset - stretch.offset))
        let count = min(stretch.bytes.count - first, buffer.count)
        stretch.bytes.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[first..<first + count]))
        }
        return count
    }

    /// How much to read. What is read on from is forgotten: the read that follows stands for it.
    private static func step(_ name: ObjectName, _ offset: Int64, _ state: inout State) -> Int {
        if state.steps.count > mostSteps { state.steps = [:] }
        var steps = state.steps[name] ?? []
        defer { state.steps[name] = steps }
        if let last = steps.firstIndex(where: { abs(offset - $0.end) <= Int64($0.bytes) }) {
            return min(mostBytes, steps.remove(at: last).bytes * 4)
        }
        if steps.count >= mostStepsOfAnObject { steps.removeFirst() }
        return firstBytes
    }

    private func keep(_ stretch: Stretch, of name: ObjectName, _ state: inout State) {
        state.stretches[name, default: []].append(stretch)
        state.kept += stretch.bytes.count
        guard state.kept > room else { return }
        // Half goes at once: looking for the oldest each time would cost more than it saves.
        let ages = state.stretches.values.joined().map(\.used).sorted()
        let border = ages[ages.count / 2]
        for (name, stretches) in state.stretches {
            let left = stretches.filter { $0.used > border }
            state.stretches[name] = left.isEmpty ? nil : left
        }
        state.kept = state.stretches.values.joined().reduce(0) { $0 + $1.bytes.count }
    }

    private func forget(_ name: ObjectName) {
        state.withLock { state in
            state.kept -= (state.stretches.removeValue(forKey: name) ?? []).reduce(0) { $0 + $1.bytes.count }
        }
    }

    package func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        try inner.put(bytes, as: name, durability)
    }
    package func stage() throws -> any StagedObject { try inner.stage() }
    package func flush() throws { try inner.flush() }
    package func size(of name: ObjectName) throws -> Int64? { try inner.size(of: name) }
    package func arrival(of name: ObjectName) throws -> Timestamp? { try inner.arrival(of: name) }
    package var lastMoment: StoreMoment? { inner.lastMoment }
    package func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        try inner.list(below: prefix, body)
    }
    package func refusesTakenNames() throws -> Bool { try inner.refusesTakenNames() }
    package func remove(_ name: ObjectName) throws {
        forget(name)
        try inner.remove(name)
    }
    package func removeAbandoned() throws -> Int { try inner.removeAbandoned() }
}
