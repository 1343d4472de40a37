import Glibc
import Primitives

/// What systemd is told: readiness, the state in words, and that we are alive (sd_notify(3)). Where nobody listens, nothing happens.
package struct ServiceManager: Sendable {
    private let address: [UInt8]
    /// Within so long it wants to hear from us; nil where it does not watch.
    package let watchdog: Duration?

    /// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, which are given as they stand in the environment.
    package init(socket: String?, watchdogMicroseconds: String?, watchdogProcess: String?) {
        address = socket.map { Array($0.utf8) } ?? []
        let isForUs = watchdogProcess.map { Int32($0) == getpid() } ?? true
        watchdog = isForUs ? watchdogMicroseconds.flatMap { Int64($0) }.map { .microseconds($0) } : nil
    }

    package func ready(_ status: String) { send("READY=1\nSTATUS=\(Self.line(status))") }
    package func status(_ status: String) { send("STATUS=\(Self.line(status))") }
    package func alive() { send("WATCHDOG=1") }
    package func stopping() { send("STOPPING=1\nSTATUS=Ending what is under way") }

    package func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        send("RELOADING=1\nMONOTONIC_USEC=\(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)")
    }

    private static func line(_ text: String) -> String { text.replacing("\n", with: " ") }

    /// A datagram to a socket of the file system, or with a leading '@' of the abstract name space.
    private func send(_ message: String) {
        guard let first = address.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@") else { return }
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        guard address.count < MemoryLayout.size(ofValue: place.sun_path) else { return }
        withUnsafeMutableBytes(of: &place.sun_path) { path in
            path.copyBytes(from: address)
            if first == UInt8(ascii: "@") { path[0] = 0 }
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + address.count)
        withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                _ = sendto(descriptor, message, message.utf8.count, Int32(MSG_NOSIGNAL), generic, length)
            }
        }
    }
}
