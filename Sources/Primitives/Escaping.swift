extension String {
    /// The text with what `replacement` has for a character in its place; nil leaves it as it is.
    package func escaping(_ replacement: (Unicode.Scalar) -> String?) -> String {
        var out = ""
        for scalar in unicodeScalars {
            if let other = replacement(scalar) { out += other } else { out.unicodeScalars.append(scalar) }
        }
        return out
    }
}
