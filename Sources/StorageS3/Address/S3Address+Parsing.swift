import Primitives

extension S3Address {
    /// Whether a repository that is named so lies on an S3 server.
    package static func isMeant(by location: String) -> Bool { location.hasPrefix("s3:") }

    /// Reads `s3://BUCKET[/PREFIX][?endpoint=…&region=…&addressing=…&ca=…&cert=…&key=…&profile=…&sse=…&sse-key=…&class=…]`; what is not in it comes from the
    /// environment. Throws `usage` for what cannot be meant.
    package static func parse(_ location: String, _ variable: (String) -> String?) throws -> S3Address {
        guard location.hasPrefix("s3://") else { throw unreadable(location, "does not begin with s3://") }
        let halves = location.dropFirst(5).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let choices = try choices(halves.count == 2 ? halves[1] : "", in: location)
        let names = halves[0].split(separator: "/", omittingEmptySubsequences: false)
        let bucket = String(names[0])
        guard isBucket(bucket) else { throw unreadable(location, "names no bucket that can be ('\(bucket)')") }
        let region =
            choices["region"] ?? variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION") ?? "us-east-1"
        guard !region.isEmpty, region.utf8.allSatisfy(isNameByte) else {
            throw unreadable(location, "has a region that cannot be ('\(region)')")
        }
        let endpoint = try endpoint(choices["endpoint"], region, location, variable)
        return S3Address(
            bucket: bucket, prefix: try prefix(names.dropFirst(), location), endpoint: endpoint, region: region,
            addressing: try addressing(choices["addressing"], location) ?? usualAddressing(endpoint, bucket),
            authorities: choices["ca"] ?? variable("SAFEHOLD_S3_CA") ?? variable("AWS_CA_BUNDLE"),
            certificate: try certificate(choices, location),
            preferences: try StoragePreferences(choices) { unreadable(location, $0) },
            profile: choices["profile"])
    }

    private static func endpoint(
        _ given: String?, _ region: String, _ location: String, _ variable: (String) -> String?
    ) throws -> S3Endpoint {
        let text =
            given
            ?? ["SAFEHOLD_S3_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].lazy.compactMap(variable).first
        guard let text else { return .amazon(region) }
        guard let endpoint = S3Endpoint(text) else {
            throw unreadable(location, "has an endpoint that cannot be ('\(text)'): https://HOST[:PORT] is expected")
        }
        guard endpoint.isEncrypted || endpoint.isLoopback else {
            throw Failure(
                .usage, "The endpoint \(text) is not encrypted, and not on this machine.",
                advice: "Use https://. Plain http is for servers on 127.0.0.1, [::1] or localhost only.")
        }
        return endpoint
    }

    private static func certificate(_ choices: [String: String], _ location: String) throws -> ClientCertificate? {
        switch (choices["cert"], choices["key"]) {
        case (nil, nil): return nil
        case (let file?, let key?): return ClientCertificate(file: file, key: key)
        default: throw unreadable(location, "has only one of 'cert' and 'key': a client's certificate needs both")
        }
    }

    private static func addressing(_ given: String?, _ location: String) throws -> Addressing? {
        guard let given else { return nil }
        guard let addressing = Addressing(rawValue: given) else {
            throw unreadable(location, "has an addressing that is neither 'path' nor 'virtual' ('\(given)')")
        }
        return addressing
    }

    private static func prefix(_ names: ArraySlice<Substring>, _ location: String) throws -> String {
        let parts = names.last?.isEmpty == true ? names.dropLast() : names
        for part in parts where part.isEmpty || part.first == "." || !part.utf8.allSatisfy(isNameByte) {
            throw unreadable(
                location, "has a prefix that cannot be ('\(part)'): letters, digits, '.', '_' and '-' between slashes")
        }
        return parts.joined(separator: "/")
    }

    private static func choices(_ query: Substring, in location: String) throws -> [String: String] {
        var choices: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let known =
                ["endpoint", "region", "addressing", "ca", "cert", "key", "profile"] + StoragePreferences.names
            guard sides.count == 2, known.contains(String(sides[0])), !sides[1].isEmpty else {
                throw unreadable(
                    location, "has '\(pair)' in it: NAME=VALUE is expected, of \(known.joined(separator: ", "))")
            }
            guard let value = PercentEncoding.decode(sides[1]), choices[String(sides[0])] == nil else {
                throw unreadable(location, "has \(sides[0]) twice, or in a spelling that cannot be read")
            }
            choices[String(sides[0])] = value
        }
        return choices
    }

    private static func isBucket(_ name: String) -> Bool {
        (3...63).contains(name.utf8.count) && name.utf8.allSatisfy { isNameByte($0) && !(0x41...0x5A).contains($0) }
            && name.first != "." && name.first != "-" && name.last != "." && !name.contains("..")
    }

    fileprivate static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func unreadable(_ location: String, _ problem: String) -> Failure {
        Failure(
            .usage, "The repository '\(location)' \(problem).",
            advice: "Name it as s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION (docs/s3.md).")
    }
}

extension S3Endpoint {
    /// Reads `https://HOST[:PORT][/]`; nil for anything else.
    init?(_ text: String) {
        let rest: Substring
        if text.hasPrefix("https://") {
            (isEncrypted, rest) = (true, text.dropFirst(8))
        } else if text.hasPrefix("http://") {
            (isEncrypted, rest) = (false, text.dropFirst(7))
        } else {
            return nil
        }
        let place = rest.last == "/" ? rest.dropLast() : rest
        if place.first == "[" {
            guard let end = place.firstIndex(of: "]") else { return nil }
            let address = place[place.index(after: place.startIndex)..<end]
            guard !address.isEmpty, address.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
            host = String(place[...end])
            let tail = place[place.index(after: end)...]
            guard tail.isEmpty || tail.first == ":", let port = Self.port(tail.dropFirst()) else { return nil }
            self.port = port
        } else {
            let parts = place.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            host = parts[0].lowercased()
            guard !host.isEmpty, host.utf8.allSatisfy(S3Address.isNameByte), parts.count == 1 || !parts[1].isEmpty,
                let port = Self.port(parts.count == 2 ? parts[1] : "")
            else { return nil }
            self.port = port
        }
    }

    /// No port for an empty text; no answer for what is none.
    private static func port(_ text: Substring) -> Int?? {
        if text.isEmpty { return .some(nil) }
        guard text.utf8.count <= 5, let port = UInt16(text), port > 0 else { return nil }
        return .some(Int(port))
    }
}
