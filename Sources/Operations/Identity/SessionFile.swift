import CLinux
import Glibc
import Identity
import Primitives
import Sealing

extension IdentityKeeping {
    private static let prefix = "safehold-session 1 "

    /// The token of whoever is signed in here. Throws `not-signed-in` where there is none, or where others could have read it, and
    /// `not-permitted` for a service, which has none.
    func token() throws -> SecretBytes {
        try requirePerson()
        var status = sh_stat()
        guard sh_statx(AT_FDCWD, sessionFile, &status) == 0 else { throw SessionEnd.unknown.failure }
        guard status.mode & 0o077 == 0, status.uid == geteuid() else {
            throw Failure(
                .notSignedIn, "Others than you can read \(sessionFile), or it is not yours.",
                advice: "Sign out with 'safehold logout', and in again.")
        }
        var bytes = try LocalFile.read(sessionFile, limit: 1024, followingLinks: false) ?? []
        defer { bytes.withUnsafeMutableBytes { sh_wipe($0.baseAddress, $0.count) } }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix(Self.prefix), var token = Hex.decode(text.dropFirst(Self.prefix.count).prefix(64)),
            token.count == SessionBook.tokenCount
        else { throw SessionEnd.unknown.failure }
        return SecretBytes(consuming: &token)
    }

    func keep(_ token: borrowing SecretBytes) throws {
        guard let slash = sessionFile.lastIndex(of: "/") else { return }
        try LocalFile.makeDirectories(String(sessionFile[..<slash]))
        var bytes = Array((Self.prefix + token.withUnsafeBytes { Hex.encode(Array($0)) } + "\n").utf8)
        defer { bytes.withUnsafeMutableBytes { sh_wipe($0.baseAddress, $0.count) } }
        try LocalFile.write(bytes, to: sessionFile)
    }

    func forgetToken() { _ = LocalFile.remove(sessionFile) }

    /// Where somebody stands: this host, by its key and its machine.
    func doorstep(_ key: borrowing HostKey) throws -> Doorstep {
        let machine = try LocalFile.read("/etc/machine-id", limit: 1024) ?? []
        return Doorstep(host: key.host(machine: machine), user: user)
    }
}
