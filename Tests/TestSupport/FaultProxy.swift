import Foundation
import Glibc

/// A proxy in front of a server that spoils part of what goes through it; it ends with this value, and with the process.
package final class FaultProxy: Sendable {
    /// What happens to a request. See `Tests/Servers/fault-proxy.py`.
    package struct Fault: Sendable {
        package enum Way: String, Sendable { case up, down }

        fileprivate var fields: [(String, any Sendable)]
        private init(_ kind: String, _ fields: [(String, any Sendable)] = []) {
            self.fields = [("kind", kind)] + fields
        }

        package static func status(_ code: Int, _ error: String) -> Fault {
            Fault("status", [("code", code), ("error", error)])
        }
        /// The server does it, and nobody hears of it: an error of this code comes instead, or nothing but a reset.
        package static func lost(_ code: Int?) -> Fault { Fault("lost", code.map { [("code", $0)] } ?? []) }
        package static func reset(_ way: Way, after bytes: Int) -> Fault {
            Fault("reset", [("way", way.rawValue), ("after", bytes)])
        }
        package static func cut(after bytes: Int) -> Fault { Fault("cut", [("after", bytes)]) }
        package static func shorten(by bytes: Int) -> Fault { Fault("shorten", [("by", bytes)]) }
        package static func flip(_ way: Way) -> Fault { Fault("flip", [("way", way.rawValue)]) }
        package static func hang(_ seconds: Int, beforeAnswer: Bool) -> Fault {
            Fault("hang", [("seconds", seconds), ("at", beforeAnswer ? "head" : "body")])
        }
        package static let twice = Fault("twice")
        package static let garbage = Fault("garbage")
        package static func page(of entries: Int) -> Fault { Fault("page", [("keep", entries)]) }
        package static let stale = Fault("stale")

        /// Only for requests that match: "METHOD /path?query".
        package func `for`(_ pattern: String) -> Fault { with("match", pattern) }
        package func times(_ count: Int) -> Fault { with("times", count) }

        private func with(_ name: String, _ value: any Sendable) -> Fault {
            var fault = self
            fault.fields.append((name, value))
            return fault
        }
    }

    package struct Counts: Sendable {
        package var requests: Int
        package var suffered: [String: Int]
    }

    package let port: Int
    private let process: Process
    private let commands = Pipe()
    private let answers = Pipe()
    private let asking = NSLock()

    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Servers/fault-proxy.py").path

    /// In front of `endpoint`, which is http; `certificate` makes it speak TLS 1.3 itself, and `isOld` 1.2 instead.
    package init(before endpoint: String, certificate: (file: String, key: String)? = nil, isOld: Bool = false) throws {
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", Self.script, endpoint] + (isOld ? ["--old"] : [])
        if let certificate {
            process.arguments? += ["--certificate", certificate.file, "--key", certificate.key]
        }
        process.standardInput = commands
        process.standardOutput = answers
        // It would live on in what other tests start.
        for handle in [commands.fileHandleForWriting, answers.fileHandleForReading] {
            _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        try process.run()
        let said = Self.line(answers)
        guard let port = Int(said) else { throw S3Server.DidNotStart(said: "fault-proxy.py: \(said)") }
        self.port = port
    }

    deinit {
        try? commands.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// From now on this share of the requests suffers one of the faults that fit it. The same seed has the same ones suffer, as long as
    /// requests come in the same order.
    package func spoil(_ chance: Double, _ faults: [Fault], seed: Int = 1) throws {
        let faults = faults.map { Dictionary($0.fields) { $1 } as [String: Any] }
        _ = try ask(["chance": chance, "faults": faults, "seed": seed])
    }

    package func heal() throws { try spoil(0, []) }

    /// Since the last change.
    package func counts() throws -> Counts {
        let said = try ask([:])
        return Counts(
            requests: said["requests"] as? Int ?? 0, suffered: said["counts"] as? [String: Int] ?? [:])
    }

    private func ask(_ command: [String: Any]) throws -> [String: Any] {
        try asking.withLock {
            var line = try JSONSerialization.data(withJSONObject: command)
            line.append(0x0A)
            try commands.fileHandleForWriting.write(contentsOf: line)
            let said = Self.line(answers)
            guard let answer = try JSONSerialization.jsonObject(with: Data(said.utf8)) as? [String: Any] else {
                throw S3Server.DidNotStart(said: said)
            }
            return answer
        }
    }

    private static func line(_ pipe: Pipe) -> String {
        var line: [UInt8] = []
        while let byte = try? pipe.fileHandleForReading.read(upToCount: 1)?.first, byte != 0x0A { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }
}
