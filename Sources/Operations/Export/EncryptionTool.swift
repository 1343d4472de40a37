import Glibc
import Primitives
import Storage

/// The stock tool that encrypts an archive on its way: it reads from us and writes where the archive goes.
final class EncryptionTool {
    private static let keptWords = 4096

    private let words: [String]
    private let package: String
    private var child: pid_t
    /// What it encrypts goes in here.
    private var input: Int32
    private let heard: BoundedBytes
    private let threads = WorkerThreads()

    /// The end of what the tool said.
    private final class BoundedBytes: Sendable {
        let bytes = Monitor<[UInt8]>([])
    }

    /// Nil where nothing is encrypted.
    init?(_ encryption: ExportOptions.Encryption, to output: Int32) throws {
        guard let (words, package) = Self.command(encryption) else { return nil }
        (self.words, self.package) = (words, package)
        heard = BoundedBytes()
        do {
            let (ours, theirs) = try ProgramLaunch.channel()
            defer { close(theirs) }
            let (ear, mouth) = try ProgramLaunch.channel()
            defer { close(mouth) }
            input = ours
            do {
                child = try ProgramLaunch.start(words, [theirs, output, mouth])
            } catch {
                close(ours)
                close(ear)
                throw error
            }
            threads.start { [heard] in Self.listen(ear, heard) }
        } catch let failed as ProgramLaunch.Failed {
            throw Failure(
                .toolMissing, "The program '\(words[0])' cannot be started: \(failed.reason).",
                advice: "Install it (Debian: apt-get install \(package)), or export without encryption.")
        }
    }

    deinit { abandon() }

    /// A key that is named by its whole fingerprint is the one that is meant, whether or not somebody signed it.
    private static func command(_ encryption: ExportOptions.Encryption) -> (words: [String], package: String)? {
        switch encryption {
        case .none: return nil
        case .age(let recipients, let files):
            return (
                ["age", "--encrypt"] + recipients.flatMap { ["--recipient", $0] }
                    + files.flatMap { ["--recipients-file", $0] }, "age"
            )
        case .openPGP(let recipients):
            let isExact = recipients.allSatisfy { $0.utf8.count >= 40 && $0.allSatisfy(\.isHexDigit) }
            return (
                ["gpg", "--batch", "--no-tty", "--quiet", "--compress-algo", "none"]
                    + (isExact ? ["--trust-model", "always"] : [])
                    + ["--output", "-", "--encrypt"] + recipients.flatMap { ["--recipient", $0] }, "gnupg"
            )
        }
    }

    private static func listen(_ ear: Int32, _ heard: BoundedBytes) {
        defer { close(ear) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(ear, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            heard.bytes.withLock { $0 = Array(($0 + buffer.prefix(count)).suffix(keptWords)) }
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let count = send(
                input, bytes.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
            if count < 0 {
                if errno == EINTR { continue }
                // It has ended; how, it says itself.
                throw end(killing: false) ?? failure("stopped reading")
            }
            done += count
        }
    }

    /// Waits until it has written everything. Throws `tool-failed` with what it said.
    func finish() throws {
        if let failure = end(killing: false) { throw failure }
    }

    /// Kills it before it learns that nothing more comes, lest it seal half an archive.
    func abandon() { _ = end(killing: true) }

    private func end(killing: Bool) -> Failure? {
        guard child > 0 else { return nil }
        if killing { kill(child, SIGKILL) }
        close(input)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        child = 0
        threads.joinAll()
        guard status != 0 else { return nil }
        return failure(
            status & 0x7F == 0 ? "ended with status \(status >> 8 & 0xFF)" : "was ended by signal \(status & 0x7F)")
    }

    private func failure(_ how: String) -> Failure {
        let text = String(decoding: heard.bytes.withLock { $0 }, as: UTF8.self).split(whereSeparator: \.isNewline)
        let said = text.isEmpty ? "" : " It said: \(text.suffix(5).joined(separator: " / "))"
        return Failure(
            .toolFailed, "The program '\(words[0])' \(how), so there is no archive.\(said)",
            advice: "Check the recipients that were given; '\(words[0])' has to know and accept each of them.")
    }
}
