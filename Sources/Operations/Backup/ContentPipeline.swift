import Capture
import Chunking
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Reads, cuts, names, deduplicates, compresses, seals and stores file content: readers (many, so that a cold disk has many requests at
/// once) fill buffers, workers (one a processor) empty them. Everything between them is bounded.
final class ContentPipeline: Sendable {
    enum Job: Sendable {
        /// Small files that go into one bundle.
        case bundle([PendingEntry])
        case large(PendingEntry)
        /// What a stream gives, whatever its size.
        case stream(PendingEntry, any StreamSource)
    }

    /// A chunk in a buffer.
    struct Chunk: Sendable {
        var buffer: SharedBuffer
        var range: Range<Int>
        var type: ChunkType
        /// What the id is made from, when it is known already.
        var digest: Digest32?
        var owner: Owner
    }

    enum Owner: Sendable {
        case large(LargeContent, LargeContent.Place)
        /// The files of a bundle in the order of their segments, with their content ids.
        case bundle([(entry: PendingEntry, content: Prefix16)])
    }

    static let readerCount = 8
    static let bufferCapacity = 3 << 20

    let session: BackupSession
    let observer: any OperationObserver
    let counters: BackupCounters
    let buffers = BufferPool(count: 10, capacity: bufferCapacity)
    private let admission = ReaderAdmission(most: readerCount)
    private let jobs = BoundedQueue<Job>(capacity: 32)
    private let chunks = BoundedQueue<Chunk>(capacity: 32)
    private let readers = WorkerThreads()
    private let workers = WorkerThreads()
    private let failure = Monitor<(error: (any Error)?, wanted: ObjectIdentifier?)>((nil, nil))

    init(session: BackupSession, observer: any OperationObserver, counters: BackupCounters) {
        self.session = session
        self.observer = observer
        self.counters = counters
    }

    func start() {
        for number in 0..<Self.readerCount { readers.start { self.read(number) } }
        for _ in 0..<WorkerThreads.processorCount { workers.start { self.work() } }
    }

    private func read(_ number: Int) {
        let reader = ContentReader(pipeline: self)
        while true {
            admission.waitForTurn(number)
            guard let job = jobs.pop() else { return }
            defer { admission.noteJob() }
            if isBroken { continue }
            do {
                switch job {
                case .bundle(let entries): try reader.readBundle(entries)
                case .large(let entry): try reader.readLarge(entry)
                case .stream(let entry, let source): try reader.readStream(source, entry)
                }
            } catch {
                fail(error)
            }
        }
    }

    private func work() {
        var worker = ChunkWorker(pipeline: self)
        while let chunk = chunks.pop() {
            if !isBroken {
                do { try worker.store(chunk) } catch { fail(error) }
            }
            buffers.release(chunk.buffer)
        }
    }

    func submit(_ job: Job) throws {
        try check()
        jobs.push(job)
    }

    /// Hands a chunk to the workers. It becomes a user of its buffer.
    func submit(_ chunk: Chunk) {
        buffers.retain(chunk.buffer)
        if !chunks.push(chunk) { buffers.release(chunk.buffer) }
    }

    /// Hands on a chunk of a large file; `digest` where it is known already.
    func submit(_ piece: ContentHasher.Piece, of content: LargeContent, in buffer: SharedBuffer, digest: Digest32?) {
        submit(
            Chunk(
                buffer: buffer, range: piece.range, type: .data, digest: digest,
                owner: .large(content, piece.place)))
    }

    func takeBuffer() throws -> SharedBuffer {
        guard let buffer = buffers.take() else { throw currentFailure }
        return buffer
    }

    // MARK: Failure

    var isBroken: Bool { failure.withLock { $0.error != nil } }
    private var currentFailure: any Error { failure.withLock { $0.error ?? Failure.interrupted } }

    func fail(_ error: any Error) {
        failure.update { state in if state.error == nil { state.error = error } }
        buffers.close()
    }

    func check() throws {
        if let error = failure.withLock({ $0.error }) { throw error }
        if observer.isCancelled {
            fail(Failure.interrupted)
            throw Failure.interrupted
        }
    }

    // MARK: Resolution

    func resolve(_ entry: PendingEntry) {
        entry.markResolved()
        failure.updateIfNeeded { $0.wanted == ObjectIdentifier(entry) }
    }

    /// Waits until `entry` is resolved; throws when the pipeline broke, or somebody wants it to stop.
    func wait(for entry: PendingEntry) throws {
        while true {
            let done = failure.wait(milliseconds: 250) { state in
                state.wanted = ObjectIdentifier(entry)
                return entry.isResolved || state.error != nil
            }
            try check()
            if done { return }
        }
    }

    /// Ends reading and storing; all that was submitted is done when it returns.
    func finish() throws {
        jobs.close()
        admission.open()
        readers.joinAll()
        chunks.close()
        workers.joinAll()
        try check()
    }

    /// Stops at once.
    func abandon() {
        fail(Failure.interrupted)
        jobs.close()
        admission.open()
        chunks.close()
        readers.joinAll()
        workers.joinAll()
    }

    func report(_ path: [UInt8], _ kind: EntryProblem.Kind, _ reason: String) {
        let problem = EntryProblem(path: [0x2F] + path, kind: kind, reason: reason)
        counters.note(problem)
        observer.problem(problem)
    }
}
