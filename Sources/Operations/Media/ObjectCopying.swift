import Primitives
import RepositoryEngine
import Sealing
import Storage

/// An object that is to be brought from one store to another.
struct ObjectToCopy: Sendable, Equatable {
    var name: ObjectName
    var size: UInt64
}

/// What became of it.
enum CopiedObject: Sendable {
    /// It is there now; the digest is of the bytes that were written.
    case copied(Digest32)
    /// It could not be read, or is not what its name says.
    case unreadable(Failure)
    /// A collection took it in the meantime.
    case gone
}

/// The store that is read from cannot be: not a matter of one object, nor of the medium.
struct SourceFailure: Error {
    var failure: Failure

    /// Runs what reads from that store.
    static func marking<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch let failure as Failure { throw SourceFailure(failure: failure) }
    }
}

/// Brings objects from store to store. A protocol, because replication does the same with more threads.
protocol ObjectCopying {
    /// Reads, compares with its name where that is a digest, writes. Throws where the writing failed, and a
    /// `SourceFailure` where no object can be read.
    func copy(
        _ object: ObjectToCopy, from source: any ObjectStore, to target: any ObjectStore, checkpoint: () throws -> Void
    )
        throws -> CopiedObject
}

/// One after the other, in the order of the plan, through one buffer: a removable medium gains nothing from more.
final class OneByOneCopying: ObjectCopying {
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    private static let deferredLimit: UInt64 = 1 << 20

    deinit { buffer.deallocate() }

    func copy(
        _ object: ObjectToCopy, from source: any ObjectStore, to target: any ObjectStore, checkpoint: () throws -> Void
    ) throws -> CopiedObject {
        let staged = try target.stage()
        defer { staged.abandon() }
        var (hash, offset) = (RunningSHA256(), UInt64(0))
        while offset < object.size {
            try checkpoint()
            let wanted = Int(min(UInt64(buffer.count), object.size - offset))
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
            do {
                let count = try source.read(object.name, at: Int64(offset), into: piece)
                guard count == wanted else { return .unreadable(.damaged(object.name, "ends before its last byte")) }
            } catch let failure as Failure {
                guard Self.isOfOneObject(failure) else { throw SourceFailure(failure: failure) }
                return failure.code == .objectMissing && Self.isCollectable(object.name) ? .gone : .unreadable(failure)
            }
            hash.update(UnsafeRawBufferPointer(piece))
            try staged.append(UnsafeRawBufferPointer(piece))
            offset += UInt64(wanted)
        }
        let digest = hash.value()
        if let name = Digest32(hex: object.name.lastComponent), name != digest {
            return .unreadable(.damaged(object.name, "has other bytes than its name says"))
        }
        _ = try staged.finish(as: object.name, object.size > Self.deferredLimit ? .immediate : .deferred)
        return .copied(digest)
    }

    /// Failures after which the next object may still be read.
    private static func isOfOneObject(_ failure: Failure) -> Bool {
        [.storageFailed, .objectMissing, .objectDamaged].contains(failure.code)
    }

    private static func isCollectable(_ name: ObjectName) -> Bool {
        ["packs/", "meta/", "index/"].contains { name.path.hasPrefix($0) }
    }
}
