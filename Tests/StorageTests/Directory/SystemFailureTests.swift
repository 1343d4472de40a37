import Glibc
import Primitives
import Storage
import Testing

@Suite struct SystemFailureTests {
    @Test(arguments: [
        (ENOSPC, Failure.Code.storageFull), (EDQUOT, .storageFull), (EFBIG, .storageFull), (EACCES, .storageDenied),
        (EPERM, .storageDenied), (EROFS, .storageDenied), (ENOENT, .objectMissing), (EIO, .storageFailed),
        (ESTALE, .storageFailed), (ENAMETOOLONG, .storageFailed), (EMFILE, .storageFailed),
    ])
    func everyErrorHasItsCode(_ number: Int32, _ code: Failure.Code) {
        let failure = Failure.storage(number, "writing", "/some/object")
        #expect(failure.code == code)
        #expect(failure.message.contains("/some/object") && failure.message.contains("writing"))
        #expect(failure.advice.hasSuffix("."))
    }
}
