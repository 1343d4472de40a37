import Primitives
import Storage

/// The contract of `ObjectStore` as a list of rules that can be tried on any store: by the tests on ours, and by a probe on
/// somebody's server. What a run writes stays below its prefix.
package struct ConformanceSuite: Sendable {
    /// How hard to try.
    package struct Effort: Sendable {
        /// Threads that want one name at the same moment.
        package var rivals = 16
        /// Times that they meet.
        package var rounds = 8
        package var bigObjectBytes = 24 << 20
        /// How long what is locked stays so, where a store locks.
        package var lockSeconds: Int64 = 4
        /// Without it, what removes is not tried: for those who may not.
        package var removes = true
        package init() {}
    }

    /// Where a store did otherwise than a rule says.
    package struct Finding: Sendable, Equatable, CustomStringConvertible {
        package var rule: String
        package var detail: String
        package var description: String { "\(rule): \(detail)" }
    }

    package struct Report: Sendable {
        /// The rules that were tried, in order.
        package var rules: [String] = []
        package var findings: [Finding] = []
        package var isClean: Bool { findings.isEmpty }
    }

    private let store: any ObjectStore
    private let prefix: String
    private let effort: Effort

    /// `prefix` is a valid name below which nothing lies yet.
    package init(store: any ObjectStore, below prefix: String, effort: Effort = Effort()) {
        self.store = store
        self.prefix = prefix
        self.effort = effort
    }

    /// The rules that say whether two who want one name are told apart.
    package static let rulesOfTakenNames = [Rule.writtenOnce, Rule.oneWinner]

    /// Those of locking only where the store says that it locks.
    private var rules: [Rule] {
        let always = Rule.writing + Rule.staging + Rule.reading + Rule.listing
        guard effort.removes else { return always }
        return always + Rule.removing + (store.locking == nil ? [] : Rule.locking)
    }

    /// Tries every rule. Blocks; a rule that throws is a finding, and the next one goes on.
    package func run() -> Report {
        var report = Report()
        for (number, rule) in rules.enumerated() {
            report.rules.append(rule.name)
            let trial = Trial(store: store, prefix: "\(prefix)/rule-\(number)", effort: effort)
            do {
                try rule.body(trial)
            } catch let failure as Failure {
                trial.expect(false, "it failed with \(failure.code.rawValue): \(failure.message)")
            } catch {
                trial.expect(false, "it threw \(error), which is no Failure")
            }
            report.findings += trial.details.map { Finding(rule: rule.name, detail: $0) }
        }
        return report
    }
}

/// One sentence of the contract and how it is tried.
struct Rule: Sendable {
    var name: String
    var body: @Sendable (Trial) throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (Trial) throws -> Void) {
        self.name = name
        self.body = body
    }
}

/// One rule on its way: its own corner of the store, and what was found so far.
final class Trial: Sendable {
    let store: any ObjectStore
    let prefix: String
    let effort: ConformanceSuite.Effort
    private let found = Monitor<[String]>([])

    init(store: any ObjectStore, prefix: String, effort: ConformanceSuite.Effort) {
        self.store = store
        self.prefix = prefix
        self.effort = effort
    }

    var details: [String] { found.withLock { $0 } }

    func expect(_ holds: Bool, _ otherwise: @autoclosure () -> String) {
        if !holds { found.withLock { $0.append(otherwise()) } }
    }

    func name(_ rest: String) -> ObjectName { ObjectName("\(prefix)/\(rest)") }

    /// Bytes that tell where they stand and whose they are.
    static func pattern(_ count: Int, _ seed: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            for i in 0..<count { buffer[i] = UInt8(truncatingIfNeeded: (i &+ seed) &* 131 &+ (i >> 8) &+ seed) }
            filled = count
        }
    }

    /// The whole object as `read` gives it, which may be shorter than `size` says.
    func contents(_ name: ObjectName) throws -> [UInt8] {
        let size = Int(try store.size(of: name) ?? 0)
        return try [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            filled = try store.read(name, at: 0, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    func stage(_ bytes: [UInt8], pieces: Int = 1) throws -> any StagedObject {
        let staged = try store.stage()
        let step = max(1, (bytes.count + pieces - 1) / pieces)
        for start in stride(from: 0, to: bytes.count, by: step) {
            try bytes[start..<min(bytes.count, start + step)].withUnsafeBytes { try staged.append($0) }
        }
        return staged
    }

    /// Runs `body` on that many threads, which begin together as far as that can be had.
    func together(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) {
        let waiting = Monitor(count)
        let threads = WorkerThreads()
        for index in 0..<count {
            threads.start { [self] in
                waiting.update { $0 -= 1 }
                waiting.wait { $0 == 0 ? () : nil }
                do { try body(index) } catch { expect(false, "thread \(index) failed: \(error)") }
            }
        }
        threads.joinAll()
    }
}
