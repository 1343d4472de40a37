import Glibc
import Primitives
import Storage

/// An object on its way: it waits in a file of its own, since rclone takes files whose length it knows.
final class RcloneUpload: StagedObject {
    private let store: RcloneStore
    private var path: String?
    private var descriptor: Int32 = -1
    private var count: Int64 = 0

    init(store: RcloneStore) throws {
        self.store = store
        for place in store.spoolPlaces {
            var template = Array("\(place)/safehold-upload.XXXXXX".utf8CString)
            descriptor = mkstemp(&template)
            guard descriptor >= 0 else { continue }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return
        }
        throw Failure.storage(errno, "making a file to upload from in", store.spoolPlaces.joined(separator: ", "))
    }

    deinit { abandon() }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let written = write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if written < 0 {
                if errno == EINTR { continue }
                throw Failure.storage(errno, "writing what is to be uploaded to", path ?? "a file")
            }
            done += written
        }
        count += Int64(bytes.count)
    }

    func finish(as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        guard let path else {
            throw Failure(.internalError, "A staged object was used after its end.", advice: "Please report it.")
        }
        defer { abandon() }
        return try store.upload(path, count, as: name)
    }

    func abandon() {
        guard let path else { return }
        unlink(path)
        close(descriptor)
        self.path = nil
    }
}
