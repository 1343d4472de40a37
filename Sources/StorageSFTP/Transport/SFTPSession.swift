import Primitives

/// A connection on which requests are made, several at a time, in order. It belongs to one thread at a time.
final class SFTPSession {
    /// Servers need not take more in one request (section 3 of the draft).
    static let pieceCount = 32 << 10
    /// Requests that are on their way at once: a window of two MiB.
    private static let window = 64
    private static let longest = 1 << 20

    private let process: SSHProcess
    private let address: SFTPAddress
    private var nextID: UInt32 = 0
    private(set) var extensions: Set<String> = []
    private var last: (path: String, removals: Int, handle: Handle)?

    /// Connects. Throws a `Failure` where trying again would not help, else `Lost`.
    init(_ address: SFTPAddress) throws {
        self.address = address
        process = try SSHProcess(address)
        do {
            try greet()
        } catch let lost as SSHProcess.Lost {
            let said = process.lastWords()
            if let failure = SSHFailure.refused(said, address) { throw failure }
            throw SSHProcess.Lost(reason: said.isEmpty ? lost.reason : SSHFailure.last(said))
        }
        for needed in ["hardlink@openssh.com", "fsync@openssh.com"] where !extensions.contains(needed) {
            throw SSHFailure.lacks(needed, address)
        }
    }

    private func greet() throws {
        var hello = SFTPRequest(.initialise)
        hello.number(UInt32(3))
        try send(hello)
        // Its "id" is the version.
        var answer = try receive()
        guard answer.kind == .version, answer.id >= 3 else { throw SSHProcess.Lost(reason: "it speaks no SFTP 3") }
        while !answer.isAtEnd {
            extensions.insert(try reading { try answer.text() })
            _ = try reading { try answer.string() }
        }
    }

    // MARK: One request

    private func request(_ kind: SFTPKind, _ fill: (inout SFTPRequest) -> Void) throws -> SFTPAnswer {
        let id = try begin(kind, fill)
        return try answer(to: id)
    }

    private func begin(_ kind: SFTPKind, capacity: Int = 0, _ fill: (inout SFTPRequest) -> Void) throws -> UInt32 {
        nextID &+= 1
        var request = SFTPRequest(kind, nextID, capacity: capacity)
        fill(&request)
        try send(request)
        return nextID
    }

    private func send(_ request: SFTPRequest) throws {
        try request.finished().withUnsafeBytes { try process.send($0) }
    }

    private func receive() throws -> SFTPAnswer {
        let count = try process.receive(4).reduce(0) { $0 << 8 | Int($1) }
        guard (5...Self.longest).contains(count) else { throw SSHProcess.Lost(reason: "the server sent nonsense") }
        let bytes = try process.receive(count)
        return try reading { try SFTPAnswer(bytes) }
    }

    /// Servers may answer in another order; OpenSSH's does not, and who does is not understood.
    private func answer(to id: UInt32) throws -> SFTPAnswer {
        let answer = try receive()
        guard answer.id == id else { throw SSHProcess.Lost(reason: "the server answered out of turn") }
        return answer
    }

    private func reading<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch is SFTPAnswer.Malformed {
            throw SSHProcess.Lost(reason: "the server sent nonsense")
        }
    }

    /// Throws the status unless it says that all is well.
    private func expectOK(_ answer: SFTPAnswer) throws {
        var answer = answer
        guard answer.kind == .status else { throw SSHProcess.Lost(reason: "the server sent nonsense") }
        let status = try reading { try answer.status() }
        guard status.code == .ok else { throw status }
    }

    private func expect(_ kind: SFTPKind, _ answer: SFTPAnswer) throws -> SFTPAnswer {
        if answer.kind == kind { return answer }
        try expectOK(answer)
        throw SSHProcess.Lost(reason: "the server sent nonsense")
    }

    // MARK: Files

    typealias Handle = [UInt8]

    /// For reading, or for writing; `creating` refuses a name that is taken.
    func open(_ path: String, writing: Bool = false, creating: Bool = false) throws -> Handle {
        let answer = try request(.open) { request in
            request.string(path)
            request.number(UInt32((writing ? 2 : 1) | (creating ? 0x28 : 0)))
            request.number(UInt32(creating ? 4 : 0))
            if creating { request.number(UInt32(0o600)) }
        }
        var handle = try expect(.handle, answer)
        return try reading { Array(try handle.string()) }
    }

    /// An open file for reading. The last one stays open, for reads tend to come in a row; `removals` says since when it may be used.
    func reading(_ path: String, at removals: Int) throws -> Handle {
        if let last, last.path == path, last.removals == removals { return last.handle }
        if let old = last?.handle {
            last = nil
            try close(old)
        }
        let handle = try open(path)
        last = (path, removals, handle)
        return handle
    }

    func close(_ handle: Handle) throws { try expectOK(try request(.close) { $0.string(handle) }) }

    /// Fills as much of `buffer` as there is.
    func read(_ handle: Handle, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var asked: [(id: UInt32, at: Int, count: Int)] = []
        var (next, filled, isOver) = (0, 0, false)
        while !asked.isEmpty || (next < buffer.count && !isOver) {
            while next < buffer.count, asked.count < Self.window, !isOver {
                let (at, count) = (next, min(Self.pieceCount, buffer.count - next))
                let id = try begin(.read) { request in
                    request.string(handle)
                    request.number(UInt64(offset) + UInt64(at))
                    request.number(UInt32(count))
                }
                asked.append((id, at, count))
                next += count
            }
            let piece = asked.removeFirst()
            let count = try take(
                piece.id, into: UnsafeMutableRawBufferPointer(rebasing: buffer[piece.at..<piece.at + piece.count]))
            if isOver { continue }
            filled = piece.at + count
            guard count < piece.count else { continue }
            if count == 0 {
                isOver = true
            } else {
                // A short answer in the middle: what is behind it is asked for again.
                for other in asked { _ = try take(other.id, into: nil) }
                asked = []
                next = filled
            }
        }
        return filled
    }

    /// Zero at the end of the file.
    private func take(_ id: UInt32, into buffer: UnsafeMutableRawBufferPointer?) throws -> Int {
        var answer = try answer(to: id)
        guard answer.kind == .data else {
            do { try expectOK(answer) } catch let status as SFTPStatus where status.code == .endOfFile { return 0 }
            throw SSHProcess.Lost(reason: "the server sent nonsense")
        }
        let bytes = try reading { try answer.string() }
        guard let buffer else { return 0 }
        guard bytes.count <= buffer.count, !bytes.isEmpty else {
            throw SSHProcess.Lost(reason: "the server sent more than was asked for")
        }
        buffer.copyBytes(from: bytes)
        return bytes.count
    }

    func write(_ handle: Handle, at offset: Int64, _ bytes: UnsafeRawBufferPointer) throws {
        var asked: [UInt32] = []
        var problem: SFTPStatus?
        func settle() throws {
            do { try expectOK(try answer(to: asked.removeFirst())) } catch let status as SFTPStatus { problem = status }
        }
        for start in stride(from: 0, to: bytes.count, by: Self.pieceCount) where problem == nil {
            let piece = bytes[start..<min(bytes.count, start + Self.pieceCount)]
            asked.append(
                try begin(.write, capacity: piece.count) { request in
                    request.string(handle)
                    request.number(UInt64(offset) + UInt64(start))
                    request.string(piece)
                })
            if asked.count >= Self.window { try settle() }
        }
        while !asked.isEmpty { try settle() }
        if let problem { throw problem }
    }

    /// Waits until the file is on the server's medium.
    func sync(_ handle: Handle) throws {
        try expectOK(
            try request(.extended) { request in
                request.string("fsync@openssh.com")
                request.string(handle)
            })
    }

    /// Fails where `new` is taken.
    func link(_ old: String, to new: String) throws {
        try expectOK(
            try request(.extended) { request in
                request.string("hardlink@openssh.com")
                request.string(old)
                request.string(new)
            })
    }

    func attributes(of path: String) throws -> SFTPAttributes? {
        do {
            var answer = try expect(.attributes, try request(.lstat) { $0.string(path) })
            return try reading { try answer.attributes() }
        } catch let status as SFTPStatus where status.code == .noSuchFile {
            return nil
        }
    }

    func remove(_ path: String) throws { try expectOK(try request(.remove) { $0.string(path) }) }

    func makeDirectory(_ path: String) throws {
        try expectOK(
            try request(.mkdir) { request in
                request.string(path)
                request.number(UInt32(4))
                request.number(UInt32(0o700))
            })
    }

    /// All entries but the dots; none where there is no such directory.
    func entries(of path: String) throws -> [(name: String, attributes: SFTPAttributes)] {
        let handle: Handle
        do {
            var answer = try expect(.handle, try request(.opendir) { $0.string(path) })
            handle = try reading { Array(try answer.string()) }
        } catch let status as SFTPStatus where status.code == .noSuchFile {
            return []
        }
        var entries: [(String, SFTPAttributes)] = []
        do {
            while true {
                var answer = try expect(.name, try request(.readdir) { $0.string(handle) })
                for _ in 0..<(try reading { try answer.number() }) {
                    let name = try reading { try answer.text() }
                    _ = try reading { try answer.string() }
                    let attributes = try reading { try answer.attributes() }
                    if !name.hasPrefix(".") { entries.append((name, attributes)) }
                }
            }
        } catch let status as SFTPStatus where status.code == .endOfFile {
            try close(handle)
            return entries
        }
    }

    /// Whether the file system that holds `path` has next to nothing left; nil where the server does not say.
    func isFull(_ path: String) throws -> Bool? {
        guard extensions.contains("statvfs@openssh.com") else { return nil }
        var answer = try expect(
            .extendedReply,
            try request(.extended) { request in
                request.string("statvfs@openssh.com")
                request.string(path)
            })
        let numbers = try reading { try (0..<5).map { _ in try answer.long() } }
        return numbers[1].multipliedReportingOverflow(by: numbers[4]).partialValue < 4 << 20
    }
}
