import FoundationEssentials
import NIOHTTP1
import Primitives
import Storage

extension S3Store: StoreInquiry {
    package var inquiry: (any StoreInquiry)? { self }

    package func facts() throws -> StoreFacts {
        var facts = StoreFacts(kind: "S3 bucket")
        let reached = try connection()
        (facts.encryption, facts.takesHybridKeyExchange) = (reached.version, reached.takesHybridKeyExchange)
        let found = try versioning()
        facts.versions = StoreFacts.Versions(found)
        if found == .on, case .known(let lock?) = try lockConfiguration() {
            (facts.locks, facts.defaultRetention) = (lock.isEnabled, lock.retention)
        }
        facts.takenNames = takenNames(found)
        facts.requests = client.requestsMade
        facts.requestsAtOnce = requestsAtOnce
        return facts
    }

    private func takenNames(_ versioning: Versioning) -> StoreFacts.TakenNames {
        if versioning == .on { return .firstVersion }
        return switch conditions.withLock({ $0 }) {
        case .kept: .condition
        case .ignored: .nothing
        case .unknown: .untried
        }
    }

    /// With a hash of something else, in each way in which a server might look at one.
    package func checksums(tryingAt name: ObjectName) throws -> [StoreFacts.Checksum] {
        let other = Content.of(Array("something else".utf8))
        let wrong = [
            ("x-amz-checksum-sha256", Data(other.digest).base64EncodedString()),
            ("content-md5", Data(try other.md5Bytes()).base64EncodedString()),
        ]
        return try wrong.map { header, value in
            var request = S3Request(method: .PUT, key: address.key(of: name.path + "-" + header))
            request.headers = [(header, value)] + (newLock.withLock { $0 }.map { Self.headers($0) } ?? [])
            request.body = .of(Array("what is sent".utf8))
            request.isTrial = true
            let answer = try client.perform(request).answer
            // A refusal for want of a right says nothing of the checksum.
            guard answer.isFine || answer.status == 400 || answer.status == 422 else {
                throw S3Failure.answered(answer, "trying whether a wrong checksum is refused", address)
            }
            return StoreFacts.Checksum(kind: header, isChecked: !answer.isFine)
        }
    }
}

extension StoreFacts.Versions {
    init(_ versioning: Versioning) {
        self =
            switch versioning {
            case .off: .off
            case .on: .on
            case .suspended: .suspended
            }
    }
}
