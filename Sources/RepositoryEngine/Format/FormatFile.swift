import Chunking
import Primitives
import Sealing

/// The plain-text object FORMAT: what a repository is, and how to go on reading it.
package struct FormatFile: Sendable, Equatable {
    package static let version = 1
    private static let magic = "safehold repository"

    package var repository: RepositoryID
    package var created: Timestamp
    package var chunker: ChunkerParameters
    package var packSize: Int
    package var administrator: Digest32
    package var specification: Digest32
    package var restorer: Digest32

    package init(
        repository: RepositoryID, created: Timestamp, chunker: ChunkerParameters = .standard, packSize: Int = 64 << 20,
        administrator: Digest32, specification: Digest32, restorer: Digest32
    ) {
        self.repository = repository
        self.created = created
        self.chunker = chunker
        self.packSize = packSize
        self.administrator = administrator
        self.specification = specification
        self.restorer = restorer
    }

    package func encoded() -> [UInt8] {
        let lines = [
            Self.magic, "format: \(Self.version)", "repository: \(repository.hex)", "created: \(created)", "suite: 1",
            "chunker: \(chunker.description)", "pack-size: \(packSize)", "administrator: \(administrator.hex)",
            "specification: \(specification.hex)", "restorer: \(restorer.hex)", "read-features: ", "write-features: ",
        ]
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// Throws `repository-newer` for a version or feature it does not know, `object-damaged` for anything that is not a FORMAT.
    package init(decoding bytes: [UInt8]) throws {
        func damaged(_ problem: String) -> Failure { Failure.damaged("FORMAT", problem) }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: true)
        guard lines.first == Self.magic[...] else { throw damaged("does not begin with '\(Self.magic)'") }
        var values: [Substring: Substring] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else {
                throw damaged("has the line '\(line)', which is not 'name: value'")
            }
            values[line[..<colon]] = line[line.index(after: colon)...].drop { $0 == " " }
        }
        func value(_ name: Substring) throws -> Substring {
            guard let value = values[name] else { throw damaged("lacks the line '\(name)'") }
            return value
        }
        let format = try value("format")
        guard format == "\(Self.version)" else {
            throw Self.newer("its format is \(format), this program reads format \(Self.version)")
        }
        let suite = try value("suite")
        guard suite == "1" else { throw Self.newer("its cipher suite is \(suite), this program knows suite 1") }
        for feature in [values["read-features"], values["write-features"]].compactMap({ $0 }) where !feature.isEmpty {
            throw Self.newer("it uses '\(feature)', which this program does not know")
        }
        guard let repository = RepositoryID(hex: try value("repository")),
            let created = Timestamp(description: try value("created")),
            let chunker = ChunkerParameters(description: String(try value("chunker"))),
            let packSize = Int(try value("pack-size")), (1 << 20...1 << 30).contains(packSize),
            let administrator = Digest32(hex: try value("administrator")),
            let specification = Digest32(hex: try value("specification")),
            let restorer = Digest32(hex: try value("restorer"))
        else { throw damaged("has a value that cannot be read") }
        self.init(
            repository: repository, created: created, chunker: chunker, packSize: packSize,
            administrator: administrator, specification: specification, restorer: restorer)
    }

    private static func newer(_ what: String) -> Failure {
        Failure(
            .repositoryNewer, "This repository was made by a newer Safehold: \(what).",
            advice:
                "Install the version that wrote it, or restore with the restorer in the repository's spec/ folder. Nothing was changed."
        )
    }
}
