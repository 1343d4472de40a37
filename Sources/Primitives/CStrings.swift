/// Texts for C, as long as a call lasts.
package enum CStrings {
    package static func with<R>(_ texts: [String], _ body: ([UnsafePointer<CChar>?]) throws -> R) rethrows -> R {
        let buffers = texts.map { text in
            let bytes = text.utf8CString
            let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
            _ = buffer.initialize(from: bytes)
            return buffer
        }
        defer { for buffer in buffers { buffer.deallocate() } }
        return try body(buffers.map { $0.baseAddress.map { UnsafePointer($0) } })
    }
}
