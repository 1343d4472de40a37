/// An SQLite database that others may be using (COMP-4).
package struct SQLitePlan: Sendable, Equatable {
    /// Where it is: absolute and normalised.
    package var path: String
    /// How it is called in the snapshot.
    package var file: String
    /// Whether what was copied is looked through before it counts.
    package var isChecked = true

    package init(path: String, file: String) { (self.path, self.file) = (path, file) }
}
