import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Sealing

/// Does the jobs of a window: reads chunks and makes files of them. One per thread.
final class RestoreWorker {
    private let tree: TargetTree
    private let ledger: RestoreLedger
    private let metadata: MetadataWriter
    private var chunks: ChunkReader
    /// The file of several pieces that was written to last; the next piece is often its next.
    private var open: (file: SharedFile, descriptor: Int32)?
    private var done = RestoreSummary()
    private var content: [UInt8] = []

    init(tree: TargetTree, ledger: RestoreLedger, chunks: consuming ChunkReader) {
        self.tree = tree
        self.ledger = ledger
        self.chunks = chunks
        metadata = MetadataWriter(tree: tree, ledger: ledger)
    }

    deinit { closeOpen() }

    /// Entries that cannot be made are problems; what would befall the next entry as well ends the run.
    func perform(_ job: Int, of window: RestoreWindow) {
        guard !ledger.isStopping else { return }
        done = RestoreSummary()
        do {
            switch window.job(job) {
            case .open(let pack): try? chunks.prepare(pack)
            case .make(let plain): for entry in plain { try makePlain(entry, window) }
            case .read(let run): try makeFiles(run, window)
            }
        } catch let error as SystemError {
            ledger.stop(error.failure(target: tree.path))
        } catch let failure as Failure {
            ledger.stop(failure)
        } catch {
            ledger.stop(
                Failure(
                    .internalError, "A restore failed in an unforeseen way: \(error).", advice: "Report this, please."))
        }
        closeOpen()
        ledger.count(entries: done.files + done.others, bytes: done.bytes) { summary in
            summary.files += done.files
            summary.others += done.others
            summary.bytes += done.bytes
        }
    }

    private func makeFiles(_ run: Range<Int>, _ window: RestoreWindow) throws {
        try chunks.read(run: window.chunks[run]) { index, outcome in
            let type = window.chunks[index].type
            for piece in window.pieces[window.firstPiece[index]..<window.firstPiece[index + 1]] {
                let entry = window.entries[piece.entry]
                switch outcome {
                case .success(let plaintext):
                    let slice = Bundle.slice(plaintext, type, offset: Int(piece.chunkOffset), count: Int(piece.count))
                    try make(entry, piece, slice, "its chunk is shorter than its record says", window)
                case .failure(let failure):
                    try make(entry, piece, nil, failure.message, window)
                }
            }
        }
    }

    private func make(
        _ entry: EntryTask, _ piece: Piece, _ bytes: UnsafeRawBufferPointer?, _ damage: String, _ window: RestoreWindow
    ) throws {
        guard let shared = entry.shared else {
            guard let bytes else { return ledger.problem(window.path(of: entry), .damaged, damage) }
            return try reporting(entry, window) { try makeWhole(entry, bytes, window) }
        }
        if let bytes {
            do {
                if let descriptor = try descriptor(of: entry, shared, window) {
                    let result = sh_pwrite_all(
                        descriptor, bytes.baseAddress, bytes.count, Int64(clamping: piece.fileOffset))
                    guard result == 0 else { throw SystemError(Int32(result), "writing it") }
                    done.bytes += UInt64(bytes.count)
                }
            } catch let error as SystemError where !error.endsTheRun {
                shared.fail(.unwritable, error.reason)
            }
        } else {
            shared.fail(.damaged, damage)
        }
        try release(entry, shared, window)
    }

    private func reporting(_ entry: EntryTask, _ window: RestoreWindow, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as SystemError where !error.endsTheRun {
            ledger.problem(
                window.path(of: entry), error.number == EPERM && entry.kind != .file ? .unsupported : .unwritable,
                error.reason)
        }
    }

    // MARK: - Entries that one call makes

    private func makePlain(_ ordinal: Int, _ window: RestoreWindow) throws {
        let entry = window.entries[ordinal]
        if let shared = entry.shared { return try release(entry, shared, window) }
        try reporting(entry, window) {
            if let copy = entry.copy {
                try makeCopy(entry, copy, window)
            } else if entry.kind == .file {
                try makeWhole(entry, UnsafeRawBufferPointer(start: nil, count: 0), window)
            } else {
                try makeNode(entry, window)
            }
        }
    }

    /// Copies a file that this run restored; where it is not what it was, its chunk is fetched again.
    private func makeCopy(_ entry: EntryTask, _ copy: CopySource, _ window: RestoreWindow) throws {
        let count = Int(clamping: entry.size)
        let source = copy.path.withPath { sh_open_file_below(tree.root.descriptor, $0) }
        if source >= 0 {
            defer { close(source) }
            if content.count < count { content = [UInt8](repeating: 0, count: max(count, 128 << 10)) }
            let filled = read(source, &content, count)
            let isSame = try content.withUnsafeBytes { raw in
                let bytes = UnsafeRawBufferPointer(rebasing: raw[..<count])
                guard filled == count, SHA256Digest.of(bytes) == copy.digest else { return false }
                try makeWhole(entry, bytes, window)
                return true
            }
            if isSame { return }
        }
        do {
            try chunks.read(copy.slice.id, copy.slice.type) { plaintext in
                let slice = Bundle.slice(
                    plaintext, copy.slice.type, offset: Int(copy.slice.offset), count: Int(copy.slice.count))
                guard let slice else { throw EncodingError("is shorter than its record says") }
                try makeWhole(entry, slice, window)
            }
        } catch let failure as Failure where failure.code.class == .integrity {
            ledger.problem(window.path(of: entry), .damaged, failure.message)
        } catch let error as EncodingError {
            ledger.problem(window.path(of: entry), .damaged, "its chunk \(error.problem)")
        }
    }

    private func makeWhole(_ entry: EntryTask, _ bytes: UnsafeRawBufferPointer, _ window: RestoreWindow) throws {
        let directory = window.directories[entry.directory].handle
        // With attributes to come the file stays writable for its owner until they are there.
        let mode = entry.metadata.rare == nil ? entry.metadata.mode & 0o777 : 0o600
        try tree.temporaryName(entry.number).withPath { temporary in
            let descriptor = sh_create_exclusive(directory.descriptor, temporary, mode)
            guard descriptor >= 0 else { throw SystemError(descriptor, "creating it") }
            defer { close(descriptor) }
            MetadataWriter.wishCompression(entry.metadata, of: descriptor)
            do {
                let result = sh_pwrite_all(descriptor, bytes.baseAddress, bytes.count, 0)
                guard result == 0 else { throw SystemError(Int32(result), "writing it") }
                try name(entry, descriptor, temporary, madeWith: mode, window)
            } catch {
                _ = sh_unlink(directory.descriptor, temporary, 0)
                throw error
            }
        }
        done.bytes += UInt64(bytes.count)
    }

    /// The last steps of every file: metadata, then its name, then what would forbid naming it.
    private func name(
        _ entry: EntryTask, _ descriptor: Int32, _ temporary: UnsafePointer<CChar>, madeWith mode: UInt32,
        _ window: RestoreWindow
    ) throws {
        let directory = window.directories[entry.directory].handle
        metadata.apply(entry.metadata, to: descriptor, madeWith: mode, in: directory) { window.path(of: entry) }
        let renamed = window.withName(of: entry) { name in
            entry.replaces
                ? Protection.rename(temporary, over: name, in: directory)
                : sh_rename(directory.descriptor, temporary, directory.descriptor, name)
        }
        guard renamed == 0 else { throw SystemError(renamed, "naming it") }
        metadata.applyFlags(entry.metadata, to: descriptor) { window.path(of: entry) }
        done.files += 1
    }

    private func makeNode(_ entry: EntryTask, _ window: RestoreWindow) throws {
        let directory = window.directories[entry.directory].handle
        let final = Array(window.names[entry.name..<entry.name + entry.nameCount])
        let name = entry.replaces ? tree.temporaryName(entry.number) : final
        let rare = entry.metadata.rare ?? RareMetadata()
        let made = name.withPath { name in
            switch entry.kind {
            case .symbolicLink: rare.target.withPath { sh_symlink($0, directory.descriptor, name) }
            case .fifo, .socket: sh_mknod(directory.descriptor, name, entry.kind.modeBits | 0o600, 0, 0)
            case .characterDevice:
                sh_mknod(directory.descriptor, name, S_IFCHR | 0o600, rare.deviceMajor, rare.deviceMinor)
            default: sh_mknod(directory.descriptor, name, S_IFBLK | 0o600, rare.deviceMajor, rare.deviceMinor)
            }
        }
        guard made == 0 else { throw SystemError(made, "creating it") }
        metadata.apply(entry.metadata, to: name, entry.kind, in: directory) { window.path(of: entry) }
        if entry.replaces {
            let renamed = name.withPath { from in
                final.withPath { sh_rename(directory.descriptor, from, directory.descriptor, $0) }
            }
            guard renamed == 0 else {
                _ = name.withPath { sh_unlink(directory.descriptor, $0, 0) }
                throw SystemError(renamed, "naming it")
            }
        }
        done.others += 1
    }

    // MARK: - Files of several pieces

    /// Nil when the file is given up already.
    private func descriptor(of entry: EntryTask, _ shared: SharedFile, _ window: RestoreWindow) throws -> Int32? {
        if let open, open.file === shared { return open.descriptor }
        closeOpen()
        let directory = window.directories[entry.directory].handle
        let descriptor = try tree.temporaryName(entry.number).withPath { temporary in
            try shared.state.withLock { state -> Int32? in
                if state.damage != nil { return nil }
                let descriptor =
                    state.exists
                    ? sh_open_write(directory.descriptor, temporary)
                    : sh_create_exclusive(directory.descriptor, temporary, 0o600)
                guard descriptor >= 0 else { throw SystemError(descriptor, "creating it") }
                if !state.exists { MetadataWriter.wishCompression(entry.metadata, of: descriptor) }
                state.exists = true
                return descriptor
            }
        }
        if let descriptor { open = (shared, descriptor) }
        return descriptor
    }

    private func closeOpen() {
        if let open { close(open.descriptor) }
        open = nil
    }

    /// One piece is done; the last one finishes the file.
    private func release(_ entry: EntryTask, _ shared: SharedFile, _ window: RestoreWindow) throws {
        let isLast = shared.state.withLock { state in
            state.outstanding -= 1
            return state.outstanding == 0
        }
        guard isLast else { return }
        do {
            // The descriptor may be open from an earlier piece, so it does not tell whether all pieces came.
            if !shared.isDamaged, let descriptor = try descriptor(of: entry, shared, window) {
                let sized = sh_ftruncate(descriptor, Int64(clamping: entry.size))
                guard sized == 0 else { throw SystemError(sized, "writing it") }
                try tree.temporaryName(entry.number).withPath {
                    try name(entry, descriptor, $0, madeWith: 0o600, window)
                }
            }
        } catch let error as SystemError {
            shared.fail(.unwritable, error.reason)
            if error.endsTheRun { ledger.stop(error.failure(target: tree.path)) }
        }
        let (damage, exists) = shared.state.withLock { ($0.damage, $0.exists) }
        guard let damage else { return }
        if exists {
            _ = tree.temporaryName(entry.number).withPath {
                sh_unlink(window.directories[entry.directory].handle.descriptor, $0, 0)
            }
        }
        ledger.problem(window.path(of: entry), damage.kind, damage.reason)
    }
}

extension RestoreWindow {
    func withName<R>(of entry: EntryTask, _ body: (UnsafePointer<CChar>) -> R) -> R {
        names.withUnsafeBytes { raw in
            raw.withMemoryRebound(to: CChar.self) { names in
                guard let base = names.baseAddress else { preconditionFailure("an entry has a name") }
                return body(base + entry.name)
            }
        }
    }
}
