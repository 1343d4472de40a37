import Sealing

/// The person's end of the line.
package struct Terminal: Sendable {
    /// Columns of the terminal behind a descriptor; 0 when there is none.
    package var width: @Sendable (Int32) -> Int
    /// Asks without echo; nil when nobody can be asked.
    package var readSecret: @Sendable (String) -> SecretBytes?
    package var isInterrupted: @Sendable () -> Bool

    package init(
        width: @escaping @Sendable (Int32) -> Int, readSecret: @escaping @Sendable (String) -> SecretBytes?,
        isInterrupted: @escaping @Sendable () -> Bool
    ) {
        self.width = width
        self.readSecret = readSecret
        self.isInterrupted = isInterrupted
    }
}
