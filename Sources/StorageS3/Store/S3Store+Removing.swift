import NIOHTTP1
import Primitives
import Storage

extension S3Store {
    /// Where the bucket keeps versions, every version and marker of the name goes.
    package func remove(_ name: ObjectName) throws {
        guard try versioning() != .off else { return try remove(name, version: nil) }
        firstVersions.withLock { $0.forget(name) }
        let key = address.key(of: name.path)
        while true {
            let page = try versionsPage(of: key, after: nil, 1000)
            let mine = page.entries.filter { $0.key == key }
            // The newest first: until the end, what can be read under the name is the object and nothing that somebody put over it.
            for entry in mine { try remove(name, version: entry.id) }
            guard page.next != nil, mine.count == page.entries.count else { return }
        }
    }

    private func remove(_ name: ObjectName, version: String?) throws {
        var request = S3Request(method: .DELETE, key: address.key(of: name.path))
        if let version { request.query = [("versionId", version)] }
        let answer = try client.perform(request).answer
        if answer.isFine || (answer.status == 404 && answer.code != "NoSuchBucket") { return }
        if answer.status == 403, let version, try isLocked(name, version) {
            throw Failure.objectLocked(name, in: location)
        }
        throw S3Failure.answered(answer, "removing \(name)", address)
    }

    /// Why a server refuses to delete is not told by its answer.
    private func isLocked(_ name: ObjectName, _ version: String) throws -> Bool {
        guard let answer = try look(at: name, version: version), answer.isFine else { return false }
        let protection = Protection(answer)
        return protection.isHeld || protection.lock != nil
    }
}
