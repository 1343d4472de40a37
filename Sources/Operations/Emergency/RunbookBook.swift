import CLinux
import Glibc
import Primitives
import Procedures
import Sealing

/// Where a host keeps its runbooks: a folder each, and in it a file for each entry, never written twice. Needs neither the catalog nor the
/// daemon; whoever has a copy of the folder goes on with it elsewhere.
package struct RunbookBook: Sendable {
    /// Below the host's state, or wherever it was put.
    package let folder: String

    package init(folder: String) { self.folder = folder }
    package init(_ state: HostState) { self.init(folder: state.root + "/emergency") }

    /// The list of damaged files stands in an entry.
    private static let limit = 1 << 30

    /// Begins one; durable when this returns. Its id begins with the time and says which procedure it is.
    package func declare(
        _ procedure: Procedure, cause: String, known: Timestamp, subjects: [String], by: String, at: Timestamp
    )
        throws -> (id: String, runbook: Runbook)
    {
        let entry = RunbookEntry(
            .declared(procedure, cause: cause, known: known, subjects: subjects), by: by, at: at)
        let runbook = try Self.checked { () throws(Runbook.Problem) in try Runbook(entry) }
        let stamp = String(at.description.filter { $0 != "-" && $0 != ":" })
        let id = "\(stamp)-\(procedure.rawValue)"
        try LocalFile.makeDirectories(folder)
        return try locked {
            let path = "\(folder)/\(id)"
            guard try LocalFile.names(in: folder).contains(id) == false else {
                throw Failure(
                    .stateUnusable, "There is a runbook \(id) already.", advice: "Declare it again in a moment.")
            }
            try LocalFile.makeDirectories(path)
            try write(entry, number: 1, after: nil, to: path)
            return (id, runbook)
        }
    }

    /// Oldest first.
    package func ids() throws -> [String] {
        try LocalFile.names(in: folder).filter { id in Procedure.allCases.contains { id.hasSuffix("Z-" + $0.rawValue) }
        }
        .sorted()
    }

    /// Throws `runbook-missing` where there is none whose id begins so, or several; without a beginning the newest that is not over.
    package func find(_ beginning: String?) throws -> String {
        let all = try ids()
        guard let beginning else {
            if let open = try all.last(where: { try read($0).outcome == .open }) { return open }
            throw Failure(
                .runbookMissing, "No emergency procedure is under way here.",
                advice:
                    "'safehold emergency start PROCEDURE' begins one; 'safehold emergency status' lists those that are over."
            )
        }
        let found = all.filter { $0.hasPrefix(beginning) && !beginning.isEmpty }
        guard let id = found.first(where: { $0 == beginning }) ?? (found.count == 1 ? found[0] : nil) else {
            throw Failure(
                .runbookMissing,
                found.isEmpty
                    ? "There is no runbook '\(beginning)'."
                    : "\(found.count) runbooks have an id that begins with '\(beginning)'.",
                advice: "'safehold emergency status' lists those that there are.")
        }
        return id
    }

    /// Throws `runbook-damaged` where an entry is missing, was altered or cannot have come about.
    package func read(_ id: String) throws -> Runbook { try entries(id).runbook }

    /// Adds an entry to what there is by now, and is durable when this returns. Throws `runbook-refused` for one that is not to be.
    package func append(_ entry: RunbookEntry, to id: String) throws -> Runbook {
        try locked {
            var (runbook, last) = try entries(id)
            try Self.checked { () throws(Runbook.Problem) in try runbook.append(entry) }
            try write(entry, number: runbook.entries.count, after: last, to: "\(folder)/\(id)")
            return runbook
        }
    }

    /// While `body` does a step, nobody else does one of this runbook; killed, somebody else may. Throws `state-busy`.
    package func alone<R>(with id: String, _ body: () throws -> R) throws -> R {
        let path = "\(folder)/\(id)/working"
        let lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw LocalFile.unusable(errno, "open", path) }
        defer { close(lock) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure(
                .stateBusy, "Somebody is doing a step of \(id) just now.",
                advice: "'safehold emergency status' says which; wait until it is over.")
        }
        return try body()
    }

    private func entries(_ id: String) throws -> (runbook: Runbook, last: Digest32) {
        let path = "\(folder)/\(id)"
        // What a crash left beside them is none of them.
        let names = try LocalFile.names(in: path).filter { $0.hasSuffix(".json") }.sorted()
        guard !names.isEmpty else { throw Self.damaged(path, "has no entries") }
        var entries: [RunbookEntry] = [], last: Digest32?
        for (index, name) in names.enumerated() {
            guard name == Self.name(index + 1) else { throw Self.damaged(path, "lacks \(Self.name(index + 1))") }
            guard let bytes = try LocalFile.read("\(path)/\(name)", limit: Self.limit),
                let json = try? JSON(parsing: bytes), let entry = json["entry"].flatMap(RunbookEntry.init)
            else { throw Self.damaged("\(path)/\(name)", "is no entry") }
            guard json["previous"]?.text == (last?.hex ?? "") else {
                throw Self.damaged("\(path)/\(name)", "does not follow what is before it: one of both was altered")
            }
            entries.append(entry)
            last = SHA256Digest.of(bytes)
        }
        do {
            return (try Runbook(replaying: entries), last ?? SHA256Digest.of([]))
        } catch {
            throw Self.damaged(path, "has an entry that cannot have come about (\(error))")
        }
    }

    private func write(_ entry: RunbookEntry, number: Int, after last: Digest32?, to path: String) throws {
        var object = JSONObject()
        object.set("entry", entry.json)
        object.set("previous", last?.hex ?? "")
        try LocalFile.write(Array((object.value.encoded + "\n").utf8), to: "\(path)/\(Self.name(number))")
    }

    private static func name(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".json"
    }

    /// One at a time: two people who go on at once are two entries, or one and a refusal.
    private func locked<R>(_ body: () throws -> R) throws -> R {
        let path = folder + "/lock"
        let lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw LocalFile.unusable(errno, "open", path) }
        defer { close(lock) }
        _ = sh_lock(lock)
        return try body()
    }

    private static func damaged(_ path: String, _ problem: String) -> Failure {
        Failure(
            .runbookDamaged, "The runbook at \(path) \(problem).",
            advice:
                "Go on by a copy of the folder, or declare the emergency again and say in its cause what was done already; nothing that was done is lost by that."
        )
    }

    private static func checked<R>(_ body: () throws(Runbook.Problem) -> R) throws -> R {
        do { return try body() } catch { throw Failure(.runbookRefused, error.words, advice: error.advice) }
    }
}

extension Runbook.Problem {
    fileprivate var words: String {
        switch self {
        case .undeclared: "A procedure is declared once, and before anything else."
        case .ended: "This procedure is over."
        case .outOfTurn(let expected): "It is not that step's turn\(expected.map { "; it is that of '\($0)'" } ?? "")."
        case .notYours(let holder): "The procedure is in the hands of '\(holder)'."
        case .wrongDoer: "What people do is signed off by people, and what the program does it writes down itself."
        case .unsaid: "Something has to be said for it."
        }
    }

    fileprivate var advice: String {
        switch self {
        case .undeclared: "Use 'safehold emergency start'."
        case .ended: "'safehold emergency report' shows what was done. Start another one if it goes on."
        case .outOfTurn: "'safehold emergency status' shows whose turn it is."
        case .notYours: "Have it handed over, or take it over with 'safehold emergency take-over --reason'."
        case .wrongDoer: "'safehold emergency next' shows what is to be done, or does it."
        case .unsaid: "Say what was done with --note, or why with --reason."
        }
    }
}
