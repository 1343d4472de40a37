/// An entry of an archive, with all that a tar file can say about it.
package struct ArchiveEntry: Sendable {
    package enum Kind: Sendable, Equatable {
        case file
        case directory
        /// A further name of the file that stands in the archive as `to`.
        case hardLink(to: [UInt8])
        case symbolicLink(to: [UInt8])
        case fifo
        case characterDevice(major: UInt32, minor: UInt32)
        case blockDevice(major: UInt32, minor: UInt32)
    }

    /// Relative, without a slash at either end; any bytes but NUL.
    package var path: [UInt8]
    package var kind: Kind
    /// The lower twelve bits.
    package var mode: UInt32 = 0o644
    package var uid: UInt32 = 0
    package var gid: UInt32 = 0
    /// Empty where it is not known.
    package var user = ""
    package var group = ""
    /// Since 1970; may be negative.
    package var seconds: Int64 = 0
    package var nanoseconds: UInt32 = 0
    /// Of a file's whole content, holes included.
    package var size: UInt64 = 0
    /// Where a file with holes has data, in order; nil for one without.
    package var extents: [DataExtent]?
    package var attributes: [Attribute] = []

    package init(path: [UInt8], kind: Kind) { (self.path, self.kind) = (path, kind) }

    package struct DataExtent: Sendable, Equatable {
        package var offset: UInt64
        package var count: UInt64
        package init(offset: UInt64, count: UInt64) { (self.offset, self.count) = (offset, count) }
    }

    /// An extended attribute as the system names it, ACLs among them.
    package struct Attribute: Sendable {
        package var name: [UInt8]
        package var value: [UInt8]
        package init(name: [UInt8], value: [UInt8]) { (self.name, self.value) = (name, value) }
    }
}
