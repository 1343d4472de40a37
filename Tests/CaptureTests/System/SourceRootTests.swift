import CLinux
import Capture
import Glibc
import TestSupport
import Testing

/// What an owner of a tree can do between a look at an entry and its opening.
@Suite struct SourceRootTests {
    private let folder: TemporaryFolder
    private let root: SourceRoot
    private var tree: String { folder.path + "/tree" }

    /// A tree with `notes` in it, and beside it a `secret` with entries of the same names.
    init() throws {
        folder = try TemporaryFolder()
        for (directory, text) in [("tree/notes", "harmless"), ("secret", "secret")] {
            let path = folder.path + "/" + directory
            if directory.hasPrefix("tree") { try #require(mkdir(folder.path + "/tree", 0o755) == 0) }
            for made in [path, path + "/folder"] { try #require(mkdir(made, 0o755) == 0) }
            let file = open(path + "/file", O_CREAT | O_WRONLY, 0o644)
            try #require(write(file, text, text.utf8.count) == text.utf8.count)
            close(file)
            try #require(symlink(text, path + "/link") == 0)
            try #require(sh_lsetxattr(path + "/folder", "user.what", text, text.utf8.count) == 0)
        }
        root = SourceRoot(path: Array((folder.path + "/tree").utf8.dropFirst()), isDirectory: true)
    }

    private func path(_ relative: String) -> [UInt8] { Array((tree + "/" + relative).utf8.dropFirst()) }

    /// Puts a link to `secret` in the place of `notes`.
    private func exchange() throws {
        try #require(rename(tree + "/notes", tree + "/away") == 0)
        try #require(symlink("../secret", tree + "/notes") == 0)
    }

    private func errno(_ body: () throws(AttributeReading.Errno) -> Void) -> Int32 {
        do {
            try body()
            return 0
        } catch {
            return error.number
        }
    }

    @Test("Before the exchange everything is reached") func reached() throws {
        let file = root.openFile(path("notes/file"))
        try #require(file >= 0)
        close(file)
        #expect(try root.entry(at: path("notes/link")).target() == Array("harmless".utf8))
        let attributes = try root.entry(at: path("notes/folder")).attributes().get()
        #expect(attributes.map(\.value) == [Array("harmless".utf8)])
    }

    @Test("A directory exchanged for a link leads to no content, no name, no target and no attribute")
    func exchanged() throws {
        try exchange()
        #expect(root.openFile(path("notes/file")) == -ELOOP)
        #expect(root.openDirectory(path("notes/folder")) == -ELOOP)
        #expect(root.openDirectory(path("notes")) == -ENOTDIR)
        for name in ["notes/link", "notes/folder", "notes/file"] {
            #expect(errno { () throws(AttributeReading.Errno) in _ = try root.entry(at: path(name)) } == ELOOP)
        }
        #expect(try root.entry(at: path("notes")).target() == Array("../secret".utf8), "the link itself may be seen")
    }

    @Test("Nothing leads up out of the root") func upwards() {
        #expect(root.openFile(path("../secret/file")) == -EXDEV)
        #expect(root.openDirectory(path("../secret")) == -EXDEV)
        #expect(errno { () throws(AttributeReading.Errno) in _ = try root.entry(at: path("../secret/link")) } == EXDEV)
    }

    @Test("A root that is moved away and replaced stays the one that was opened") func movedRoot() throws {
        try #require(rename(tree, folder.path + "/moved") == 0)
        try #require(symlink("secret", tree) == 0)
        #expect(try root.entry(at: path("notes/link")).target() == Array("harmless".utf8))
    }

    @Test("A single file below a linked directory is reached, and a link in its place is not followed")
    func singleFile() throws {
        try #require(symlink("tree/notes", folder.path + "/way") == 0)
        let path = Array((folder.path + "/way/file").utf8.dropFirst())
        let single = SourceRoot(path: path, isDirectory: false)
        let file = single.openFile(path)
        try #require(file >= 0)
        close(file)
        try #require(unlink(tree + "/notes/file") == 0)
        try #require(symlink("../../secret/file", tree + "/notes/file") == 0)
        #expect(single.openFile(path) == -ELOOP)
    }

    @Test("Attributes of a link are its own, not those of what it leads to") func attributesOfLinks() throws {
        try #require(symlink("notes/folder", tree + "/to-folder") == 0)
        #expect(try root.entry(at: path("to-folder")).attributes().get().isEmpty)
    }
}
