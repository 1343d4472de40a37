import CExpat

/// Whether text is well-formed XML (https://www.w3.org/TR/xml/), read by libexpat. Nothing that it refers to is fetched.
final class XMLCheck: ContentCheck {
    private let parser: OpaquePointer?
    private var problem: XML_Error?
    private var line: UInt = 0

    init() { parser = XML_ParserCreate(nil) }
    deinit { XML_ParserFree(parser) }

    func take(_ bytes: UnsafeRawBufferPointer) {
        // libexpat takes as many bytes at once as an Int32 can say.
        var rest = bytes[...]
        while !rest.isEmpty, problem == nil {
            let piece = rest.prefix(1 << 20)
            parse(UnsafeRawBufferPointer(rebasing: piece), isLast: false)
            rest = rest.dropFirst(piece.count)
        }
    }

    private func parse(_ piece: UnsafeRawBufferPointer, isLast: Bool) {
        guard let parser else { return }
        let bytes = piece.bindMemory(to: CChar.self).baseAddress
        guard XML_Parse(parser, bytes, Int32(piece.count), isLast ? 1 : 0) == XML_STATUS_ERROR else { return }
        problem = XML_GetErrorCode(parser)
        line = UInt(XML_GetCurrentLineNumber(parser))
    }

    func verdict() -> Validity {
        guard parser != nil else { return .unknown }
        if problem == nil { parse(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true) }
        switch problem {
        case nil, XML_ERROR_FINISHED: return .valid
        // It may be right in an encoding that libexpat does not know, and too large for this machine.
        case XML_ERROR_UNKNOWN_ENCODING, XML_ERROR_NO_MEMORY: return .unknown
        case let problem?:
            let words = XML_ErrorString(problem).map { String(cString: $0) } ?? "error \(problem.rawValue)"
            return .damaged("is no XML from line \(line) on: \(words)")
        }
    }
}
