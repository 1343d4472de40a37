import Glibc
import Primitives

extension Failure {
    /// A failed system call on the store. `number` is the errno, positive.
    package static func storage(_ number: Int32, _ doing: String, _ path: String) -> Failure {
        let reason = String(cString: strerror(number))
        switch number {
        case ENOSPC, EDQUOT, EFBIG:
            return Failure(
                .storageFull, "No space left while \(doing) \(path): \(reason).",
                advice:
                    "Free space on the repository's file system or raise the quota, then run the command again; what was finished is kept."
            )
        case EACCES, EPERM, EROFS:
            return Failure(
                .storageDenied, "Not permitted while \(doing) \(path): \(reason).",
                advice: "Check the owner, mode and mount options of the repository's directory.")
        case ENOENT:
            return Failure(
                .objectMissing, "\(path) does not exist (while \(doing) it).",
                advice: "Check that the repository's file system is mounted.")
        default:
            return Failure(
                .storageFailed, "The storage failed while \(doing) \(path): \(reason).",
                advice:
                    "Check the disk or mount that holds the repository, then run the command again; what was finished is kept."
            )
        }
    }
}
