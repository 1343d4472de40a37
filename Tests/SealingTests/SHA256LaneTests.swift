import Primitives
import Sealing
import TestSupport
import Testing

/// Both ways: side by side, where this processor can (said by name when it cannot), and by swift-crypto.
@Suite struct SHA256LaneTests {
    private static let ways = SHA256Lane.isSideBySide ? [true, false] : [false]

    @Test("The published vectors hold, whole and in pieces", arguments: ways) func vectors(sideBySide: Bool) throws {
        for vector in try Vectors<DigestsTests.SHA256Case>.load("sha256") {
            let message = Array([[UInt8]](repeating: vector.message.bytes, count: vector.repeated).joined())
            for piece in [message.count + 1, 1_001, 64, 63, 1] where message.count / piece < 20_000 {
                var lane = SHA256Lane(sideBySide: sideBySide)
                message.withUnsafeBytes { raw in
                    for start in stride(from: 0, to: raw.count, by: piece) {
                        lane.update(UnsafeRawBufferPointer(rebasing: raw[start..<min(raw.count, start + piece)]))
                    }
                }
                #expect(lane.value().bytes == vector.digest.bytes, "in pieces of \(piece)")
            }
        }
    }

    @Test("Every length around the borders of blocks and padding", arguments: ways) func lengths(sideBySide: Bool) {
        var random = SeededGenerator(seed: 11)
        let bytes = random.bytes(260)
        for count in 0...260 {
            var lane = SHA256Lane(sideBySide: sideBySide)
            bytes.withUnsafeBytes { lane.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            #expect(lane.value() == SHA256Digest.of(Array(bytes[..<count])), "\(count) bytes")
        }
    }

    @Test("Two streams of any lengths do not disturb each other", arguments: ways) func pairs(sideBySide: Bool) {
        var random = SeededGenerator(seed: 12)
        for round in 0..<300 {
            var (one, two) = (SHA256Lane(sideBySide: sideBySide), SHA256Lane(sideBySide: sideBySide))
            var (first, second) = ([UInt8](), [UInt8]())
            for _ in 0..<1 + random.next() % 6 {
                let (a, b) = (random.bytes(Int(random.next() % 700)), random.bytes(Int(random.next() % 700)))
                a.withUnsafeBytes { a in b.withUnsafeBytes { b in SHA256Lane.update(&one, a, &two, b) } }
                first += a
                second += b
                #expect(one.value() == SHA256Digest.of(first), "round \(round)")
            }
            #expect(one.value() == SHA256Digest.of(first) && two.value() == SHA256Digest.of(second), "round \(round)")
        }
    }

    @Test("Many messages at once, beside a stream that is shorter or longer than all of them")
    func messages() {
        var random = SeededGenerator(seed: 13)
        for round in 0..<200 {
            let messages = (0..<Int(random.next() % 9)).map { _ in random.bytes(Int(random.next() % 1500)) }
            let (before, bytes) = (random.bytes(Int(random.next() % 200)), random.bytes(Int(random.next() % 6000)))
            var stream = SHA256Lane()
            before.withUnsafeBytes { stream.update($0) }
            let borrowed = messages.map { message in
                let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: message.count, alignment: 1)
                copy.copyBytes(from: message)
                return UnsafeRawBufferPointer(copy)
            }
            defer { for bytes in borrowed { bytes.deallocate() } }
            let digests = bytes.withUnsafeBytes { SHA256Lane.digests(of: borrowed, beside: &stream, $0) }
            #expect(digests == messages.map { SHA256Digest.of($0) }, "round \(round)")
            #expect(stream.value() == SHA256Digest.of(before + bytes), "round \(round)")
            #expect(SHA256Lane.digests(of: borrowed) == digests, "round \(round)")
        }
    }
}
