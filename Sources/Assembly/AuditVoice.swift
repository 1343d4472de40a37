import Audit
import CLinux
import Commands
import Glibc
import Primitives

extension AuditTrail.Voice {
    /// Who acts is whom the operating system knows this process by.
    static func ofThisProcess(_ user: User, host: String) -> AuditTrail.Voice {
        AuditTrail.Voice(
            actor: {
                let login = loginUID()
                let hasTerminal = isatty(0) == 1 || isatty(2) == 1
                return AuditActor(
                    kind: login != nil || hasTerminal ? .person : .host, uid: user.id, name: user.name,
                    loginUID: login, host: host)
            },
            moment: {
                AuditMoment(
                    time: WallClock.system.now(), uptime: UInt64(max(0, sh_boot_nanoseconds())) / 1000, boot: bootID())
            },
            software: Program.software)
    }

    /// Who acts is whom the kernel names at the other end of the daemon's socket. Who logged in there is not asked: the process may be another by then.
    static func ofVisitor(_ user: User, host: String) -> AuditTrail.Voice {
        var voice = ofThisProcess(user, host: host)
        voice.actor = { AuditActor(kind: .person, uid: user.id, name: user.name, loginUID: nil, host: host) }
        return voice
    }

    /// Who logged in, whoever he became since: only the kernel sets it, and a process cannot take it back. Nil for what no login began.
    private static func loginUID() -> UInt32? {
        guard let text = text(of: "/proc/self/loginuid"), let id = UInt32(text), id != .max else { return nil }
        return id
    }

    private static func bootID() -> String { text(of: "/proc/sys/kernel/random/boot_id") ?? "unknown" }

    private static func text(of file: String) -> String? {
        guard let bytes = try? LocalFile.read(file, limit: 256) else { return nil }
        return String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0 }, as: UTF8.self)
    }
}
