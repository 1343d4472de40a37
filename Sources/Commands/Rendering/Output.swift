import Glibc
import Primitives

/// Where results and messages go. Results are collected and written in blocks; messages go out at once. Threads may share it.
final class Output: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var live = ""
    }

    /// What was said to somebody who is not at this program's own standard output.
    final class Said: Sendable {
        private let texts = Monitor((results: [UInt8](), messages: [UInt8]()))

        var results: String { String(decoding: texts.withLock { $0.results }, as: UTF8.self) }
        var messages: String { String(decoding: texts.withLock { $0.messages }, as: UTF8.self) }

        fileprivate func add(_ bytes: [UInt8], to descriptor: Int32) {
            texts.withLock { if descriptor == Output.results { $0.results += bytes } else { $0.messages += bytes } }
        }
    }

    static let results: Int32 = 1
    static let messages: Int32 = 2

    let json: Bool
    let quiet: Bool
    let verbose: Bool
    private let state = Monitor(State())
    private let said: Said?

    init(json: Bool, quiet: Bool, verbose: Bool, into said: Said? = nil) {
        self.json = json
        self.quiet = quiet
        self.verbose = verbose
        self.said = said
    }

    /// A line of the result.
    func line(_ text: String) { bytes(Array(text.utf8) + [0x0A]) }

    func lines(_ texts: [String]) { for text in texts { line(text) } }

    func bytes(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

    func write(_ bytes: UnsafeRawBufferPointer) {
        state.withLock { state in
            state.pending.append(contentsOf: bytes)
            if state.pending.count >= 64 << 10 { send(&state.pending) }
        }
    }

    /// One line of JSON, as docs/json.md describes it, at once.
    func record(_ type: String, _ fill: (inout JSONObject) -> Void) {
        var object = JSONObject()
        object.set("schema", UInt64(1))
        object.set("type", type)
        fill(&object)
        line(object.value.encoded)
    }

    func flush() { state.withLock { send(&$0.pending) } }

    /// A line for the person, outside of the result.
    func message(_ text: String) {
        state.withLock { state in
            send(&state.pending)
            let cleared = state.live.isEmpty ? "" : "\r\u{1B}[K"
            write(Array((cleared + text + "\n" + state.live).utf8), to: Self.messages)
        }
    }

    /// What stands on the terminal's last line while work goes on; empty to take it away.
    func live(_ text: String) {
        state.withLock { state in
            guard !(text.isEmpty && state.live.isEmpty) else { return }
            state.live = text
            write(Array(("\r\u{1B}[K" + text).utf8), to: Self.messages)
        }
    }

    private static func giveUp(_ reason: String) -> Never {
        writeOut(Array("safehold: The results cannot be written to standard output: \(reason).\n".utf8), to: messages)
        _exit(Failure.Code.storageFailed.class.exitStatus)
    }

    private func send(_ pending: inout [UInt8]) {
        write(pending, to: Self.results)
        pending.removeAll(keepingCapacity: true)
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) {
        if let said { said.add(bytes, to: descriptor) } else { Self.writeOut(bytes, to: descriptor) }
    }

    private static func writeOut(_ bytes: [UInt8], to descriptor: Int32) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                // Whoever read the results has gone ('safehold ls | head'): end as a program does that is sent SIGPIPE.
                if errno == EPIPE { _exit(128 + SIGPIPE) }
                // For messages nothing can be done; results that do not arrive are not a success.
                if descriptor == results { giveUp(String(cString: strerror(errno))) }
                return
            }
            done += count
        }
    }
}
