import CLinux
import Glibc
import Primitives

/// Shares as files, to be printed.
package enum ShareFiles {
    /// Makes the directory, and sees to it that no name is taken, before anything is changed in the repository.
    package static func prepare(_ directory: String, count: Int) throws {
        let result = sh_mkdir(AT_FDCWD, directory, 0o700)
        guard result == 0 || result == -EEXIST else {
            throw Failure(
                .targetUnusable, "Cannot create \(directory): \(String(cString: strerror(-result))).",
                advice: "Check the directory above it.")
        }
        for number in 1...count {
            var status = sh_stat()
            guard sh_statx(AT_FDCWD, path(directory, number, of: count), &status) == -ENOENT else {
                throw Failure(
                    .targetUnusable, "There is a \(path(directory, number, of: count)) already.",
                    advice: "Choose an empty directory.")
            }
        }
    }

    package static func write(_ printed: [String], threshold: Int, label: String, to directory: String) throws
        -> [String]
    {
        var files: [String] = []
        for (index, share) in printed.enumerated() {
            let file = path(directory, index + 1, of: printed.count)
            let text = """
                # Safehold escrow share \(index + 1) of \(printed.count): \(label)
                # Any \(threshold) of them together open the backups; this one alone tells nothing. Keep it where only you reach it.
                # To restore, type the next line into a file: safehold restore … --share-file FILE, once for each share.
                \(share)

                """
            try NamedFile.create(file, text, mode: 0o600)
            files.append(file)
        }
        return files
    }

    private static func path(_ directory: String, _ number: Int, of count: Int) -> String {
        "\(directory)/share-\(number)-of-\(count).txt"
    }
}
