import CLinux
import Crypto

/// Key material that is wiped when its life ends and cannot be copied by accident.
package struct SecretBytes: ~Copyable, @unchecked Sendable {
    // SAFETY: the memory is written only in `init`, and belongs to this value alone.
    private let storage: UnsafeMutableRawBufferPointer

    package init(count: Int, filling: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        do {
            try filling(memory)
        } catch {
            sh_wipe(memory.baseAddress, memory.count)
            memory.deallocate()
            throw error
        }
        // Not before: a value that is whole when its initializer throws is deinitialized, and would free the memory again.
        storage = memory
    }

    /// Takes the bytes over and wipes the array they came in, where that array is not shared.
    package init(consuming bytes: inout [UInt8]) {
        self.init(count: bytes.count) { storage in bytes.withUnsafeBytes { storage.copyMemory(from: $0) } }
        bytes.withUnsafeMutableBytes { sh_wipe($0.baseAddress, $0.count) }
        bytes = []
    }

    package init(copying bytes: UnsafeRawBufferPointer) {
        self.init(count: bytes.count) { $0.copyMemory(from: bytes) }
    }

    package static func random(count: Int) -> SecretBytes {
        SecretBytes(count: count) { storage in
            var generator = SystemRandomNumberGenerator()
            for i in storage.indices { storage[i] = generator.next() }
        }
    }

    deinit {
        sh_wipe(storage.baseAddress, storage.count)
        storage.deallocate()
    }

    package var count: Int { storage.count }

    package borrowing func withUnsafeBytes<R: ~Copyable>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try body(UnsafeRawBufferPointer(storage))
    }

    package borrowing func copy() -> SecretBytes { withUnsafeBytes { SecretBytes(copying: $0) } }

    /// Part of the bytes, as a secret of its own.
    package borrowing func slice(_ range: Range<Int>) -> SecretBytes {
        withUnsafeBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// Compares in a time that depends on the lengths alone.
    package borrowing func isEqual(to other: borrowing SecretBytes) -> Bool {
        guard count == other.count else { return false }
        return withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in
                var difference: UInt8 = 0
                for i in mine.indices { difference |= mine[i] ^ theirs[i] }
                return difference == 0
            }
        }
    }

    /// The same bytes as swift-crypto's key, which wipes itself too.
    package borrowing func symmetricKey() -> SymmetricKey { withUnsafeBytes { SymmetricKey(data: $0) } }
}
