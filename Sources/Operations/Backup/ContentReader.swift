import Anomaly
import CLinux
import Capture
import Glibc
import Primitives
import RepositoryEngine
import Sealing

/// Reads files into buffers; one per reading thread.
struct ContentReader: ~Copyable {
    /// How often a file that changes under the reader is read again before it is reported.
    static let attempts = 3

    let pipeline: ContentPipeline
    let session: BackupSession
    init(pipeline: ContentPipeline) {
        self.pipeline = pipeline
        session = pipeline.session
    }

    /// Opens the entry's file; nil when it could not be, which is reported then and the entry resolved.
    func open(_ entry: PendingEntry) -> Int32? {
        let fd = entry.root?.openFile(entry.record.path) ?? -ENOENT
        if fd >= 0 { return fd }
        giveUp(entry, -fd)
        return nil
    }

    /// The content cannot be had: the entry stays with its metadata, or goes when the file is gone.
    func giveUp(_ entry: PendingEntry, _ number: Int32) {
        if number == ENOENT || number == ENOTDIR || number == ELOOP || number == EXDEV {
            entry.isDropped = true
            pipeline.report(entry.record.path, .vanished, "it disappeared before it was read")
        } else {
            entry.record.size = 0
            entry.record.digest = SHA256Digest.of([])
            entry.record.slices = []
            entry.record.extents = []
            entry.record.flags.remove([.holes, .contentList])
            entry.record.flags.insert(.unreadable)
            pipeline.report(entry.record.path, .unreadable, String(cString: strerror(number)))
        }
        pipeline.resolve(entry)
    }

    /// Extended attributes, through the open file.
    func readAttributes(_ fd: Int32, _ entry: PendingEntry) {
        switch AttributeReading.attributes(of: fd) {
        case .success(let attributes): entry.record.set(attributes)
        case .failure(let errno):
            pipeline.report(
                entry.record.path, .metadata,
                "its extended attributes cannot be read: \(String(cString: strerror(errno.number)))")
        }
    }

    /// Reads small files one after the other into one buffer, and hands on those whose content is new as a bundle.
    func readBundle(_ entries: [PendingEntry]) throws {
        let buffer = try pipeline.takeBuffer()
        // Files that have grown wait until this buffer is given back: nobody holds one buffer and waits for another.
        var grown: [(fd: Int32, entry: PendingEntry)] = []
        let start = Bundle.headerCount(files: entries.count)
        var end = start
        var files: [(entry: PendingEntry, content: Prefix16)] = []
        files.reserveCapacity(entries.count)
        let known = try session.memory.content()
        for entry in entries {
            guard let fd = open(entry) else { continue }
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[end...])
            let outcome = readSmall(fd, entry, into: room)
            if case .tooLarge = outcome {
                grown.append((fd, entry))
                continue
            }
            if case .content = outcome { readAttributes(fd, entry) }
            close(fd)
            guard case .content(let count) = outcome else { continue }
            pipeline.counters.readBytes.add(count)
            let read = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<count])
            if entry.isCompared { entry.look = ContentLook(whole: read) }
            let digest = SHA256Digest.of(read)
            entry.record.digest = digest
            let content = session.identity.id(of: .data, digest: digest).prefix
            if count == 0 {
                pipeline.resolve(entry)
            } else if let slice = known.slice(of: content) {
                entry.record.slices = [slice]
                entry.isKnownContent = true
                pipeline.resolve(entry)
            } else {
                files.append((entry, content))
                end += count
            }
        }
        submit(files, buffer, dataStart: start, end: end)
        pipeline.buffers.release(buffer)
        for (fd, entry) in grown { try readLarge(fd, entry) }
    }

    /// Writes the table of lengths right before the first segment.
    private func submit(
        _ files: [(entry: PendingEntry, content: Prefix16)], _ buffer: SharedBuffer, dataStart: Int, end: Int
    ) {
        guard !files.isEmpty else { return }
        let first = dataStart - Bundle.headerCount(files: files.count)
        var offset = first
        func put(_ value: UInt32) {
            buffer.bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
            offset += 4
        }
        put(UInt32(files.count))
        for (entry, _) in files { put(UInt32(entry.record.size)) }
        let digest = Bundle.digest(
            files.lazy.map { (Int($0.entry.record.size), $0.entry.record.digest) }, count: files.count)
        pipeline.submit(
            ContentPipeline.Chunk(
                buffer: buffer, range: first..<end, type: .bundle, digest: digest, owner: .bundle(files)))
    }

    private enum SmallOutcome {
        case content(Int)
        case tooLarge
        case failed
    }

    /// Reads a whole file, again when it changed meanwhile.
    private func readSmall(_ fd: Int32, _ entry: PendingEntry, into room: UnsafeMutableRawBufferPointer) -> SmallOutcome
    {
        for attempt in 1...Self.attempts {
            if attempt > 1, lseek(fd, 0, SEEK_SET) != 0 { break }
            let expected = Int(entry.status.size)
            guard expected <= Bundle.maximumFile else { return .tooLarge }
            let count = readUp(to: expected + 1, fd, room)
            var now = sh_stat()
            let status = sh_fstat(fd, &now)
            if count < 0 || status != 0 {
                giveUp(entry, count < 0 ? Int32(-count) : -status)
                return .failed
            }
            guard now.mode & S_IFMT == S_IFREG else {
                giveUp(entry, ENOENT)
                return .failed
            }
            if count == expected, now.isSameState(as: entry.status) { return .content(count) }
            entry.apply(now, began: session.began)
            if attempt == Self.attempts, count <= Bundle.maximumFile {
                entry.record.size = UInt64(count)
                entry.record.flags.insert(.changedWhileRead)
                pipeline.report(entry.record.path, .changed, "it changed while it was read, \(Self.attempts) times")
                return .content(count)
            }
        }
        return .tooLarge
    }

    /// Bytes read, or -errno.
    func readUp(to limit: Int, _ fd: Int32, _ room: UnsafeMutableRawBufferPointer) -> Int {
        var filled = 0
        while filled < min(limit, room.count) {
            let count = read(fd, room.baseAddress.map { $0 + filled }, min(limit, room.count) - filled)
            if count < 0 {
                if errno == EINTR { continue }
                return -Int(errno)
            }
            if count == 0 { break }
            filled += count
            // A short read of a regular file is its end; asking once more would only say so.
            if filled == limit - 1 { break }
        }
        return filled
    }
}

extension sh_stat {
    /// Whether nothing that a change of content leaves behind differs.
    func isSameState(as other: sh_stat) -> Bool {
        inode == other.inode && size == other.size && mtime_s == other.mtime_s && mtime_ns == other.mtime_ns
            && ctime_s == other.ctime_s && ctime_ns == other.ctime_ns
    }
}

extension ListingRecord {
    mutating func set(_ attributes: [AttributeReading.Attribute]) {
        self.attributes = attributes.map { ExtendedAttribute(name: $0.name, value: $0.value) }
        if attributes.isEmpty { flags.remove(.extendedAttributes) } else { flags.insert(.extendedAttributes) }
    }
}
