// Decides what would become of as many synthetic packs as wanted: does a collection of a large repository get by on a small memory?
// Prints what it took, and fails when a verdict is wrong or more than 256 MiB were resident at any time.
// Usage: census-scale CHUNKS FOLDER

import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Sealing
import Storage

let arguments = CommandLine.arguments
guard arguments.count >= 3, let chunks = Int(arguments[1]), chunks > 0 else {
    print("usage: census-scale CHUNKS FOLDER")
    exit(2)
}
let packChunks = 250
let packCount = max(1, chunks / packChunks)
let limit = 256
let clock = ContinuousClock()
let space = CollectionSpace(folder: arguments[2])

/// Spread as keyed hashes are.
func id(_ pack: Int, _ chunk: Int) -> ChunkID {
    let number = UInt64(pack * packChunks + chunk + 1)
    return Digest32(a: number &* 0x9E37_79B9_7F4A_7C15, b: number, c: 0, d: 0)
}

func report(_ name: String, since start: ContinuousClock.Instant) {
    print("\(name): \((clock.now - start).components.seconds) s, peak resident memory \(sh_peak_rss_kib() >> 10) MiB")
}

/// Packs of which so many tenths are needed as their number ends with.
func fill(_ census: PackCensus) throws {
    for pack in 0..<packCount {
        var footer = Footer()
        for chunk in 0..<packChunks {
            footer.entries.append(
                Footer.Entry(
                    id: id(pack, chunk), type: .data, offset: UInt32(chunk * 1_000), storedCount: 1_000,
                    plaintextCount: 2_000))
        }
        let digest = Digest32(a: UInt64(pack), b: 0, c: 0, d: 0)
        try census.add(
            PackCensus.Pack(name: digest, kind: .data, size: 1 << 18), footer,
            SealedObjectID(Prefix16(high: UInt64(pack), low: 0)))
    }
    try census.settle()
}

func mark(_ live: LiveChunks) throws {
    for pack in 0..<packCount {
        for chunk in 0..<packChunks * (pack % 10) / 10 { try live.insert(id(pack, chunk)) }
    }
    try live.settle()
}

var start = clock.now
let census = PackCensus(
    store: MemoryStore(), opener: SealOpener(repository: .zero), swept: [], space: space)
try fill(census)
report("noted \(packCount * packChunks) chunks in \(packCount) packs", since: start)
start = clock.now
let live = LiveChunks(space: space)
try mark(live)
report("marked what is needed", since: start)
start = clock.now
let verdict = try PackVerdict(census, live: live, below: 60)
report("decided", since: start)
let tenths = (0..<10).map { last in (packCount + 9 - last) / 10 }
guard verdict.unneeded.count == tenths[0], verdict.sparse.count == tenths[1...5].reduce(0, +) else {
    print("wrong: \(verdict.unneeded.count) packs not needed, \(verdict.sparse.count) needed in part")
    exit(1)
}
guard sh_peak_rss_kib() < limit << 10 else {
    print("wrong: more than \(limit) MiB")
    exit(1)
}
