/// A database of which a moment is held: whatever is read from it, and when, is of that moment.
package protocol HeldDatabase: Sendable {
    /// Its files, each with a name of its own.
    var files: [(name: String, source: any StreamSource)] { get }
    /// What people should know of it.
    var remarks: [String] { get }
    /// Lets the moment go; once nothing is read any more.
    func release()
}
