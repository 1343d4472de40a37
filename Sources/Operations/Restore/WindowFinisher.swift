import CLinux
import Glibc
import Primitives
import RepositoryEngine

/// Further names of files, and the metadata of directories, deepest first.
struct WindowFinisher {
    let tree: TargetTree
    let ledger: RestoreLedger
    let policy: OverwritePolicy

    func finish(_ window: RestoreWindow) throws {
        for link in window.links {
            do {
                try make(link, window)
            } catch let error as SystemError where !error.endsTheRun {
                let gone = error.number == ENOENT ? "its first name was not restored" : error.reason
                ledger.problem(window.path(of: link), .unwritable, gone)
            }
        }
        let metadata = MetadataWriter(tree: tree, ledger: ledger)
        for directory in window.closed {
            guard let wanted = directory.metadata else { continue }
            do {
                let handle = try directory.handle ?? tree.openDirectory(directory.path)
                metadata.apply(wanted, to: handle.descriptor, madeWith: nil, in: handle) { directory.source }
                MetadataWriter.wishCompression(wanted, of: handle.descriptor)
                metadata.applyFlags(wanted, to: handle.descriptor) { directory.source }
            } catch let error as SystemError where !error.endsTheRun {
                ledger.problem(directory.source, .metadata, error.reason)
            }
        }
    }

    private func make(_ link: LinkTask, _ window: RestoreWindow) throws {
        let directory = window.directories[link.directory].handle
        let slash = link.first.lastIndex(of: 0x2F)
        let first = slash.map { Array(link.first[($0 + 1)...]) } ?? link.first
        let origin = try slash.map { try tree.openDirectory(Array(link.first[..<$0])) } ?? tree.root
        var (there, here) = (sh_stat(), sh_stat())
        if directory.existed, link.name.withPath({ sh_statx(directory.descriptor, $0, &here) }) == 0 {
            if first.withPath({ sh_statx(origin.descriptor, $0, &there) }) == 0, there.inode == here.inode,
                there.dev_major == here.dev_major, there.dev_minor == here.dev_minor
            {
                return ledger.count(entries: 1) { $0.unchanged += 1 }
            }
            guard policy != .never else { return ledger.count(entries: 1) { $0.skipped += 1 } }
            try place(first, origin, link, directory)
        } else {
            try perform("linking it", first, origin) { from in
                link.name.withPath { sh_link(origin.descriptor, from, directory.descriptor, $0) }
            }
        }
        ledger.count(entries: 1) { $0.hardLinks += 1 }
    }

    private func place(_ first: [UInt8], _ origin: DirectoryHandle, _ link: LinkTask, _ directory: DirectoryHandle)
        throws
    {
        try tree.temporaryName(link.number).withPath { temporary in
            try perform("linking it", first, origin) { from in
                let made = sh_link(origin.descriptor, from, directory.descriptor, temporary)
                guard made == 0 else { return made }
                let renamed = link.name.withPath { Protection.rename(temporary, over: $0, in: directory) }
                if renamed != 0 { _ = sh_unlink(directory.descriptor, temporary, 0) }
                return renamed
            }
        }
    }

    /// An immutable file takes no further name, and its first name was given its flags already.
    private func perform(
        _ doing: String, _ first: [UInt8], _ origin: DirectoryHandle, _ body: (UnsafePointer<CChar>) -> Int32
    ) throws {
        let result = first.withPath { from in Protection.lifted(from: from, in: origin) { body(from) } }
        guard result == 0 else { throw SystemError(result, doing) }
    }
}
