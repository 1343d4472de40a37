#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Lets the one Foundation type that swift-crypto returns stay out of every other file.
protocol ContiguousPlaintext {
    func withPlaintext<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R
}

extension Data: ContiguousPlaintext {
    func withPlaintext<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withUnsafeBytes { try body($0) }
    }
}
