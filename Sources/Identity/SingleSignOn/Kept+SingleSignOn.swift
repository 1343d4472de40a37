import Primitives
import Sealing

/// A provider as it is kept, with what the client shows there, sealed; empty where there is none.
struct KeptProvider: Sendable, Equatable {
    static let whose = Array("safehold v1 client secret".utf8)

    var provider: IdentityProvider
    var secret: [UInt8]

    static let key = Array("provider".utf8)

    var row: KeptRow {
        KeptRow(.note, Self.key) { writer in
            provider.write(to: &writer)
            writer.counted(secret)
        }
    }
}

extension KeptProvider {
    init(keptIn row: KeptRow) throws(EncodingError) {
        self = try row.read { (reader) throws(EncodingError) in
            let (issuer, client) = (try reader.countedString(), try reader.countedString())
            let authorities = Array(try reader.counted())
            let factors: [String] = try reader.list { (reader) throws(EncodingError) in try reader.countedString() }
            let secret = Array(try reader.counted())
            do {
                let provider = try IdentityProvider(
                    issuer: issuer, client: client, authorities: authorities, secondFactors: factors)
                return KeptProvider(provider: provider, secret: secret)
            } catch {
                throw EncodingError("has a provider that is none")
            }
        }
    }
}

extension LinkBook {
    static let key = Array("links".utf8)

    /// Nil as long as there was no link.
    var row: KeptRow? {
        guard !owners.isEmpty else { return nil }
        return KeptRow(.note, Self.key) { writer in
            let all = owners.sorted { ($0.key.issuer, $0.key.name) < ($1.key.issuer, $1.key.name) }
            writer.list(all) { writer, link in
                writer.counted(link.key.issuer)
                writer.counted(link.key.name)
                writer.raw(link.value.bytes)
                writer.flag(standing[link.value] == link.key)
            }
        }
    }

    init(keptIn row: KeptRow) throws(EncodingError) {
        self.init()
        let links = try row.read { (reader) throws(EncodingError) in
            try reader.list { (reader) throws(EncodingError) in
                let (issuer, name) = (try reader.countedString(), try reader.countedString())
                let person: PersonID = try reader.identifier()
                return (issuer, name, person, try reader.flag())
            }
        }
        for (issuer, name, person, isStanding) in links {
            do {
                let subject = try ProviderSubject(issuer: issuer, name: name)
                owners[subject] = person
                if isStanding { standing[person] = subject }
            } catch {
                throw EncodingError("has a subject that is none")
            }
        }
    }
}
