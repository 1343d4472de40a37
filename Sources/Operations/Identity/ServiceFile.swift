import CLinux
import Glibc
import Identity
import Primitives
import Sealing

extension IdentityKeeping {
    /// The credential of the service that runs the program. Throws `not-signed-in` where there is none, or where others could have read it.
    func serviceSecret() throws -> SecretBytes {
        guard let file = serviceFile else { throw SessionEnd.unknown.failure }
        var status = sh_stat()
        guard sh_statx(AT_FDCWD, file, &status) == 0 else {
            throw Failure(
                .notSignedIn, "There is no file \(file) with the credential of a service.",
                advice:
                    "SAFEHOLD_SERVICE_FILE names the one that 'safehold users service add' or 'renew' has made; without it people sign in."
            )
        }
        guard status.mode & 0o077 == 0, status.uid == geteuid() else {
            throw Failure(
                .notSignedIn, "Others than the account that runs this can read \(file), or it is not its own.",
                advice:
                    "Give it to that account, with mode 600. If somebody else may have read it, have it ended: 'safehold users lost NAME'."
            )
        }
        var bytes = try LocalFile.read(file, limit: 1024, followingLinks: false) ?? []
        defer { bytes.withUnsafeMutableBytes { sh_wipe($0.baseAddress, $0.count) } }
        if bytes.last == 0x0A { bytes.removeLast() }
        guard let secret = ServiceCredentialText.secret(String(decoding: bytes, as: UTF8.self)) else {
            throw Failure(
                .notSignedIn, "\(file) has no credential of a service in it, or not all of it.",
                advice: "Copy the whole file, or have another one made: 'safehold users service renew NAME'.")
        }
        return secret
    }

    /// Throws `not-permitted` for a service, where somebody has to be there.
    func requirePerson() throws {
        guard serviceFile != nil else { return }
        throw Failure(
            .notPermitted, "A service does not do this: it takes a person who is signed in.",
            advice: "Unset SAFEHOLD_SERVICE_FILE, and sign in with 'safehold login NAME'.")
    }

    /// Which service runs the program, whatever it may.
    func service() throws -> Actor {
        let secret = try serviceSecret()
        return try look { state, key, now in
            try state.visitor(withService: secret, at: try doorstep(key), now: now)
        }
    }

    /// Throws where its credential is not taken. What the clocks said then is kept: setting them back revives nothing.
    func requireService() throws {
        let secret = try serviceSecret()
        let isTaken = try look { state, key, now in
            (try? state.visitor(withService: secret, at: try doorstep(key), now: now)) != nil
        }
        guard !isTaken else { return }
        try decide { state, key, now in
            _ = try state.open(
                InspectAction.self, on: .everything, withService: secret, at: try doorstep(key), now: now)
        }
        throw ServiceRefusal.unknown.failure
    }
}
