import Glibc
import Primitives
import Sealing
import Strategy
import StrategyFile

/// A strategy file that was read and can be followed.
package struct LoadedStrategy: Sendable {
    package var strategy: BackupStrategy
    package var text: String
    /// SHA-256 of the file's bytes.
    package var digest: Digest32
    /// Absolute.
    package var file: String
    /// What should be looked at, as lines with file and place.
    package var warnings: [String]
}

/// Finds and reads the strategy file.
package enum LoadStrategy {
    package static let usualNames = ["safehold.yaml", "/etc/safehold/safehold.yaml"]

    package static func isThere(_ file: String) -> Bool { access(file, F_OK) == 0 }

    /// Reads `file`, an absolute path. Throws `strategy-missing`, `strategy-invalid` with all that is wrong in it, or
    /// `state-unusable` where it cannot be read.
    package static func load(_ file: String) throws -> LoadedStrategy { try read(try bytes(file), file: file) }

    /// What relative paths in it are relative to.
    static func base(_ file: String) -> [UInt8] {
        Array(file.utf8).lastIndex(of: 0x2F).map { Array(file.utf8.prefix($0)) } ?? []
    }

    static func bytes(_ file: String) throws -> [UInt8] {
        guard let bytes = try LocalFile.read(file, limit: 2 << 20) else {
            throw Failure(
                .strategyMissing, "There is no strategy file \(file).",
                advice: "Pass --strategy FILE, set SAFEHOLD_STRATEGY, or write one with 'safehold init --preset iqhis'."
            )
        }
        return bytes
    }

    package static func read(_ bytes: [UInt8], file: String) throws -> LoadedStrategy {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        do {
            let reading = try StrategyText.parse(bytes, base: base(file), knowsZone: TimeZones.has)
            return LoadedStrategy(
                strategy: reading.strategy, text: String(decoding: bytes, as: UTF8.self),
                digest: SHA256Digest.of(bytes),
                file: file, warnings: reading.warnings.map { $0.described(in: name) })
        } catch {
            throw Failure(
                .strategyInvalid,
                error.problems.map { $0.described(in: name) }.joined(separator: "\n"),
                advice:
                    "Mend \(error.problems.count == 1 ? "this place" : "these \(error.problems.count) places") in \(file); 'safehold strategy check' looks again."
            )
        }
    }
}
