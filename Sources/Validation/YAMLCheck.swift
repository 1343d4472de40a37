import Yams

/// Whether text is YAML (https://yaml.org/spec/1.1/), one document after another. What is too large to be kept whole, and what repeats parts
/// of itself by aliases, which could be made to take for ever, is looked at as text.
struct YAMLCheck: ContentCheck {
    private var text = TextCheck()
    private var kept: [UInt8] = []
    private var isTooLarge = false

    private static let largest = 4 << 20

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        text.take(bytes)
        guard !isTooLarge else { return }
        if kept.count + bytes.count > Self.largest { (kept, isTooLarge) = ([], true) } else { kept += bytes }
    }

    func verdict() -> Validity {
        let asText = text.verdict()
        guard asText == .valid, !isTooLarge, !hasAliases else { return asText }
        guard let content = String(validating: kept, as: UTF8.self) else { return .damaged("is no UTF-8") }
        do {
            let parser = try Parser(yaml: content)
            while try parser.nextRoot() != nil {}
            return .valid
        } catch YamlError.duplicatedKeysInMapping {
            // Some programs read that.
            return .valid
        } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _)
        {
            return .damaged("is no YAML from line \(mark.line) on: \(problem)")
        } catch {
            return .damaged("is no YAML")
        }
    }

    /// An asterisk that begins a word.
    private var hasAliases: Bool {
        zip(kept, kept.dropFirst()).contains { star, next in
            star == 0x2A && ((0x41...0x5A).contains(next & 0xDF) || (0x30...0x39).contains(next) || next == 0x5F)
        }
    }
}
