import Primitives

/// One sorted run, read from its beginning.
struct LineCursor {
    private static let stretch = 4096
    private let file: LineFile?
    private var rest: Range<Int>
    private var lines: [Line]
    private var next = 0

    init(_ lines: [Line]) { (file, rest, self.lines) = (nil, 0..<0, lines) }
    init(_ file: LineFile?, _ run: Range<Int>) { (self.file, rest, lines) = (file, run, []) }

    mutating func take() throws -> Line? {
        if next == lines.count {
            guard let file, !rest.isEmpty else { return nil }
            let count = min(Self.stretch, rest.count)
            lines = try file.read(count, at: rest.lowerBound)
            rest = rest.lowerBound + count..<rest.upperBound
            next = 0
        }
        defer { next += 1 }
        return lines[next]
    }
}

/// The lines of several sorted runs in one order.
package struct LineReader {
    private var cursors: [LineCursor]
    /// A heap: the least line of each run that has any left, the least of all first.
    private var heap: [(line: Line, cursor: Int)] = []
    private var isPrimed = false

    init(_ cursors: [LineCursor]) { self.cursors = cursors }

    package mutating func next() throws -> Line? {
        if !isPrimed { try prime() }
        guard let least = heap.first else { return nil }
        if let following = try cursors[least.cursor].take() {
            heap[0].line = following
        } else {
            let last = heap.removeLast()
            if !heap.isEmpty { heap[0] = last }
        }
        sink()
        return least.line
    }

    private mutating func prime() throws {
        isPrimed = true
        for cursor in cursors.indices {
            if let line = try cursors[cursor].take() { heap.append((line, cursor)) }
        }
        heap.sort { $0.line < $1.line }
    }

    private mutating func sink() {
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, heap[child + 1].line < heap[child].line { child += 1 }
            guard heap[child].line < heap[place].line else { return }
            heap.swapAt(child, place)
            place = child
        }
    }
}

/// Lines of one id at a time.
package struct LineGroups {
    private var reader: LineReader
    private var pending: Line?

    package init(_ reader: LineReader) { self.reader = reader }

    /// Fills `group` with the next id's lines; false at the end.
    package mutating func next(into group: inout [Line]) throws -> Bool {
        group.removeAll(keepingCapacity: true)
        guard let first = try pending ?? reader.next() else { return false }
        group.append(first)
        pending = nil
        while let line = try reader.next() {
            guard line.id == first.id else {
                pending = line
                break
            }
            group.append(line)
        }
        return true
    }
}
