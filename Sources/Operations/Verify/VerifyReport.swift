import Primitives
import RepositoryEngine

/// What to verify.
package struct VerifyOptions: Sendable {
    /// Reads every stored byte.
    package var readData: Bool
    /// Where lists that memory has no room for lie.
    package var scratch: String
    /// Reads so much of what is stored, and goes on there the next time; nil for nothing, or with `readData` for all.
    package var budget: Budget?
    /// Where it is remembered what was proven; nil where it is not.
    package var proofs: HostState?
    package var clock = WallClock.system

    package enum Budget: Sendable, Equatable {
        case given(ProofBudget)
        /// What proves everything within the time if it is done each day or so.
        case share
    }

    package init(readData: Bool = false, scratch: String = "/var/tmp") {
        (self.readData, self.scratch) = (readData, scratch)
    }
}

/// One thing that is wrong, and whom it harms.
package struct VerifyFinding: Sendable {
    package static let keptFiles = 100

    /// The object's name, or what else it is.
    package var object: String
    /// What is wrong with it.
    package var problem: String
    /// Committed snapshots that cannot be restored whole because of it, by their digests.
    package var snapshots: [Digest32] = []
    /// Files that are lost with it: absolute paths, the first hundred.
    package var files: [[UInt8]] = []
    /// Of these, the newest version that is whole in the same component by the same writer; without those that have none.
    package var intact: [[UInt8]: Version] = [:]
    /// All of them, a file of several snapshots counted once for each version that they share.
    package var fileCount: UInt64 = 0
    /// Entries of which not even the names can be read.
    package var lostEntries: UInt64 = 0

    package struct Version: Sendable, Equatable {
        package var snapshot: Digest32
        package var time: Timestamp
    }

    package init(object: String, problem: String) { (self.object, self.problem) = (object, problem) }
}

/// What a verification saw.
package struct VerifyReport: Sendable {
    package static let keptFindings = 1000

    /// Damage, worst first by no order but that of discovery; the first thousand.
    package var findings: [VerifyFinding] = []
    package var findingCount: UInt64 = 0
    /// Things that do no harm: an index that has to be rebuilt, objects of a session that never ended.
    package var notes: [String] = []
    /// Whether content and names were checked, which needs a restorer's key.
    package var usedKeys = false
    /// Whether the key was a maintainer's: references were checked, content and names were not.
    package var structureOnly = false
    package var readData = false
    package var snapshots: UInt64 = 0
    package var objects: UInt64 = 0
    package var packs: UInt64 = 0
    package var chunks: UInt64 = 0
    package var bytesRead: UInt64 = 0
    package var listedEntries: UInt64 = 0
    package var seconds: Double = 0
    /// How much of the repository is proven now; nil where that is not remembered.
    package var proven: ProofStatus?

    package init() {}

    package var isIntact: Bool { findingCount == 0 }
    package var affectedSnapshots: Set<Digest32> { Set(findings.flatMap(\.snapshots)) }
}
