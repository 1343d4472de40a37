/// What a glance at a file's content tells: how it begins, and whether places of it look like random bytes, as encrypted and compressed data do.
package struct ContentLook: Sendable, Equatable {
    /// Bytes of a window; fewer than `fewest` tell nothing.
    package static let window = 512
    static let fewest = 256

    /// The first eight bytes, the first of them lowest; zeros where there are fewer.
    package private(set) var head: UInt64 = 0
    package private(set) var headCount = 0
    package private(set) var isHeadRandom = false
    private var windows = 0
    private var random = 0

    package init() {}

    /// A small file that is there as a whole: its beginning, and its middle where the beginning is nothing special.
    package init(whole bytes: UnsafeRawBufferPointer) {
        begin(bytes)
        guard !isHeadRandom, bytes.count >= 2 * Self.window else { return }
        look(at: UnsafeRawBufferPointer(rebasing: bytes[(bytes.count / 2)...]))
    }

    /// A file that comes in pieces: its first one.
    package mutating func begin(_ bytes: UnsafeRawBufferPointer) {
        headCount = min(8, bytes.count)
        for index in 0..<headCount { head |= UInt64(bytes[index]) << (8 * UInt64(index)) }
        look(at: bytes)
        isHeadRandom = random == 1
    }

    /// A further piece, of which the beginning is looked at.
    package mutating func look(at bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.fewest else { return }
        windows += 1
        let piece = UnsafeRawBufferPointer(rebasing: bytes[..<min(Self.window, bytes.count)])
        if Self.looksRandom(piece) { random += 1 }
    }

    /// Whether the file is like random bytes at its beginning, or for the better part. No format that people work with begins so.
    package var isNoise: Bool { isHeadRandom || (windows >= 2 && random * 2 >= windows) }

    /// Pearson's chi-squared over the 256 values has 255 degrees of freedom, whatever the number of bytes: 255 on average for random ones, with
    /// a deviation of 23. Text is above 2000, machine code above 1000.
    static func looksRandom(_ bytes: UnsafeRawBufferPointer) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 256) { histogram in
            histogram.initialize(repeating: 0)
            for byte in bytes { histogram[Int(byte)] &+= 1 }
            var squares = 0
            for count in histogram { squares &+= Int(count) &* Int(count) }
            let chiSquared = squares * 256 / bytes.count - bytes.count
            return (140..<380).contains(chiSquared)
        }
    }
}
