/// What somebody does to sign in at a provider from a host that has no browser (RFC 8628): he opens an address on any device, and types a code.
package struct DevicePrompt: Sendable, Equatable {
    package let code: String
    package let address: String

    /// Nil for what a terminal must not show.
    package init?(code: String, address: String) {
        func isPlain(_ text: String, _ most: Int) -> Bool {
            (1...most).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        }
        guard isPlain(code, 64), isPlain(address, 2048), address.hasPrefix("https://") else { return nil }
        (self.code, self.address) = (code, address)
    }
}
