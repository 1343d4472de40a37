/// A file of a component that is made of what a program prints: a dump of whatever engine (COMP-4).
package struct StreamPlan: Sendable, Equatable {
    /// How the file is called in the snapshot.
    package var file: String
    /// The program and its arguments; no shell reads them.
    package var command: [String]
    /// Gets the file on its standard input, to bring it back; empty where nobody said.
    package var restore: [String] = []
    /// Gets the file on its standard input, and ends with 0 where it is what it should be; empty where nobody said.
    package var check: [String] = []
    /// How long the program may print nothing.
    package var patience: Duration = .seconds(1800)

    package init(file: String, command: [String]) { (self.file, self.command) = (file, command) }
}
