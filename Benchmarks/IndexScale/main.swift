// Writes an index run of as many synthetic chunks as wanted, opens it, and asks it at random: does a large repository's index answer
// out of a small memory? Prints what it took, and fails when more than 256 MiB were resident at any time.
// Usage: index-scale ENTRIES FOLDER [LOOKUPS]

import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Sealing
import Storage

let arguments = CommandLine.arguments
guard arguments.count >= 3, let count = UInt64(arguments[1]), count > 0 else {
    print("usage: index-scale ENTRIES FOLDER [LOOKUPS]")
    exit(2)
}
let lookups = arguments.count > 3 ? Int(arguments[3]) ?? 100_000 : 100_000
let chunks = SyntheticChunks(count: count)
let limit = 256
let clock = ContinuousClock()

func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}

func line(_ name: String, _ value: Double, _ unit: String) {
    let rounded = value >= 100 ? "\(Int(value.rounded()))" : "\((value * 100).rounded() / 100)"
    print("\(name): \(rounded) \(unit)")
}

func reportMemory(_ name: String) { line("peak resident memory, \(name)", Double(sh_peak_rss_kib()) / 1024, "MiB") }

func chunkID(_ prefix: Prefix16) -> ChunkID { Digest32(a: prefix.high, b: prefix.low, c: 0, d: 0) }

/// A session that seals, and what opens it again.
func makeSession() throws -> (SealingSession, SealOpener) {
    let (repository, domain) = (RepositoryID.random(), DomainID.random())
    let secrets = try EpochSecrets(encoded: SecretBytes.random(count: 128))
    let bundle = EpochBundle(domain: domain, epoch: 1, secrets: secrets, created: Timestamp(nanoseconds: 0))
    let opener = SealOpener(repository: repository)
    opener.add(secrets, domain: domain, epoch: 1)
    return (try SealingSession(id: .random(), repository: repository, bundle: bundle), opener)
}

func write(_ store: DirectoryStore, _ session: SealingSession) throws -> ObjectName {
    let start = clock.now
    let writer = try IndexRunWriter(session: session, store: store)
    for number in 0..<chunks.count { try writer.append(chunks.place(number)) }
    let (name, size) = try writer.finish(
        packs: (0..<chunks.packCount).map(chunks.pack), domain: session.domain, in: store)
    let duration = seconds(clock.now - start)
    line("written", Double(size) / 1e6, "MB in \((duration * 10).rounded() / 10) s")
    line("entries written a second", Double(chunks.count) / duration, "")
    reportMemory("writing")
    return Names.indexRun(session.domain, name)
}

func ask(_ name: String, _ locator: ChunkLocator, _ count: Int, hits: Bool) throws {
    var random = SystemRandomNumberGenerator()
    let start = clock.now
    for _ in 0..<count {
        let number = UInt64.random(in: 0..<chunks.count, using: &random)
        let found = try locator.location(of: chunkID(hits ? chunks.id(number) : chunks.missingID(number)))
        let wanted = chunks.place(number)
        let isRight = hits ? found?.offset == wanted.offset && found?.pack.name.a == UInt64(wanted.pack) : found == nil
        guard isRight else {
            print("wrong: chunk \(number) was \(found == nil ? "not found" : "found in the wrong place")")
            exit(1)
        }
    }
    line(name, Double(count) / seconds(clock.now - start), "a second")
}

let store = try DirectoryStore.create(at: arguments[2])
_ = try store.put([], as: Names.format, .immediate)
let (session, opener) = try makeSession()
let name = try write(store, session)

let start = clock.now
let run = try IndexRun(name: name, store: store, opener: opener)
line("opened in", seconds(clock.now - start) * 1000, "ms")
let locator = ChunkLocator(runs: [run], store: store)
try ask("look-ups of chunks that are there", locator, lookups, hits: true)
try ask("look-ups of chunks that are not", locator, lookups, hits: false)
reportMemory("writing, opening and \(2 * lookups) look-ups")
guard sh_peak_rss_kib() < limit << 10 else {
    print("wrong: more than \(limit) MiB")
    exit(1)
}
