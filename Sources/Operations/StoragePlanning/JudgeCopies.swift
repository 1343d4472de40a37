import Identity
import Primitives
import Strategy

/// The copies that a file describes and the media that this host knows, judged by 3-2-1-1-0.
package enum JudgeCopies {
    package struct Judgement: Sendable {
        package var copies: [CopyFacts]
        package var verdict: CopyVerdict
        /// Media that were not counted, and why.
        package var warnings: [String]
    }

    package static func run(
        permit: consuming Permit<StorageAction>, file: String, home: String?, verifiedWithinDays: Int,
        repository: RepositoryID?, state: HostState, now: Timestamp
    ) throws -> Judgement {
        var copies = try described(file)
        guard let home = home ?? copies.first?.site else {
            throw Failure(
                .usage, "\(file) describes no copy.",
                advice: "Write one line a copy: name = …; location = …; site = …; medium = disk; offline = no.")
        }
        var warnings: [String] = []
        for medium in try MediaBook.all(in: state, of: repository) {
            guard let reason = exclusion(medium, copies) else {
                copies.append(facts(of: medium, home: home))
                continue
            }
            warnings.append("The medium '\(medium.label)' is not counted: \(reason).")
        }
        let terms = CopyVerdict.Terms(home: home, verifiedWithinDays: verifiedWithinDays)
        return Judgement(copies: copies, verdict: CopyVerdict(copies, terms: terms, now: now), warnings: warnings)
    }

    private static func described(_ file: String) throws -> [CopyFacts] {
        do {
            return try CopiesFile.parse(try SmallText.read(file))
        } catch let problem as CopiesFile.Problem {
            throw Failure(
                .usage, "\(file), line \(problem.line): \(problem.text).",
                advice: "Correct the line: name = …; location = …; site = …; medium = disk; offline = no.")
        }
    }

    private static func exclusion(_ medium: MediumFacts, _ copies: [CopyFacts]) -> String? {
        if medium.copied == nil { return "nothing was copied onto it yet" }
        if medium.isPartial { return "its last copy was not complete" }
        if medium.sharesFileSystem { return "it lies on the repository's own file system" }
        return copies.contains { $0.name == medium.label } ? "the file describes it already" : nil
    }

    /// A medium that is signed out is offline; one that is not may be attached at this moment.
    private static func facts(of medium: MediumFacts, home: String) -> CopyFacts {
        CopyFacts(
            name: medium.label, site: medium.site ?? home, kind: .removable, isOffline: medium.isOut,
            verified: medium.check.map { .init(time: $0.time, errors: $0.damaged) }, updated: medium.copied)
    }
}

/// A file that a person wrote and named on the command line.
enum SmallText {
    static func read(_ path: String) throws -> String {
        guard let bytes = try LocalFile.read(path, limit: 1 << 20) else {
            throw Failure(.pathMissing, "There is no file \(path).", advice: "Check the path.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.usage, "\(path) is no UTF-8 text.", advice: "Save it as UTF-8.")
        }
        return text
    }
}
