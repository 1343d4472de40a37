import Glibc
import Primitives
import TestSupport
import Testing

@Suite struct LocalFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path }

    init() throws { folder = try TemporaryFolder() }

    @Test func namesAreAllButTheDirectoryItselfAndTheOneAbove() throws {
        for name in ["one", ".hidden", "two.new"] { try LocalFile.write([1], to: path + "/" + name) }
        #expect(try LocalFile.names(in: path).sorted() == [".hidden", "one", "two.new"])
        #expect(try LocalFile.names(in: path + "/nowhere") == [])
        #expect(throws: Failure.self) { try LocalFile.names(in: path + "/one") }
    }

    @Test func whatCannotTakeItsPlaceLeavesNothing() throws {
        mkdir(path + "/taken", 0o700)
        #expect(throws: Failure.self) { try LocalFile.write([1], to: path + "/taken") }
        #expect(try LocalFile.names(in: path) == ["taken"])
    }

    @Test func linksAreFollowedOnlyWhereThatIsWanted() throws {
        try LocalFile.write([7], to: path + "/file")
        symlink("file", path + "/link")
        #expect(try LocalFile.read(path + "/link", limit: 10) == [7])
        #expect(throws: Failure.self) { try LocalFile.read(path + "/link", limit: 10, followingLinks: false) }
        #expect(try LocalFile.read(path + "/file", limit: 10, followingLinks: false) == [7])
        // Nobody writes into it.
        mkfifo(path + "/pipe", 0o600)
        #expect(try LocalFile.read(path + "/pipe", limit: 10, followingLinks: false) == [])
    }

    @Test func anOpenFileIsReadInPiecesFromWhereItIsAndNoFurtherThanIsWanted() throws {
        let bytes = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        try LocalFile.write(bytes, to: path + "/file")
        #expect(try LocalFile.read(path + "/file", limit: 600_000) == bytes)
        #expect(throws: Failure.self) { try LocalFile.read(path + "/file", limit: 599_999) }
        let file = open(path + "/file", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        func read(upTo limit: UInt64 = .max) -> [UInt8] {
            var read: [UInt8] = []
            #expect(LocalFile.forEachPiece(of: file, upTo: limit) { read += $0 } == 0)
            return read
        }
        #expect(read(upTo: 0) == [])
        #expect(read(upTo: 300_000) == Array(bytes[..<300_000]))
        #expect(read() == Array(bytes[300_000...]))
        #expect(read(upTo: 5) == [])
        #expect(LocalFile.forEachPiece(of: -1) { _ in } == -EBADF)
    }

    @Test func directoriesAreSynced() {
        #expect(LocalFile.syncDirectory(of: path + "/anything") == 0)
        #expect(LocalFile.syncDirectory(of: "/anything") == 0)
        #expect(LocalFile.syncDirectory(of: "anything") == 0)
        #expect(LocalFile.syncDirectory(of: path + "/nowhere/anything") == -ENOENT)
    }
}
