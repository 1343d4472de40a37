// Appends as many entries as wanted to a log in a folder, durably and in batches, verifies all of it, and proves some of them.
// Prints what it took, and fails when a figure is beyond what is promised: 5,000 entries a second, a million verified in 60 s, a proof in 10 ms.
// Usage: log-scale ENTRIES BATCH FOLDER

import CLinux
import Glibc
import Primitives
import Sealing
import TransparencyLog

let arguments = CommandLine.arguments
guard arguments.count >= 4, let count = Int(arguments[1]), count > 0, let batch = Int(arguments[2]), batch > 0,
    let name = NoteName(ofKey: "example.com/log-scale")
else {
    print("usage: log-scale ENTRIES BATCH FOLDER")
    exit(2)
}
let clock = ContinuousClock()

/// About as long as a record of an operation.
func entry(_ number: Int) -> [UInt8] {
    let text = #"{"number":\#(number),"who":"host-17","what":"backup","of":"database","outcome":"done","digest":""#
    return Array(text.utf8) + Array(SHA256Digest.of(Array("\(number)".utf8)).hex.utf8) + Array(#""}"#.utf8)
}

func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}

func rounded(_ value: Double) -> String { String((value * 100).rounded() / 100) }

func require(_ isGood: Bool, _ problem: String) {
    guard !isGood else { return }
    print("wrong: \(problem)")
    exit(1)
}

let secret = SecretBytes.random(count: 64)
let folder = try LogFolder(arguments[3], for: .writing)
var writer = try LogWriter.create(
    in: folder, signer: NoteSigner(name: name, role: .log, seeds: secret.copy()), clock: .system)
print("the log's key: \(writer.verifierKeys[0])")
fflush(nil)
let policy = try TrustPolicy.demanding(bothOf: writer.verifierKeys)

let entries = (0..<count).map(entry)
var start = clock.now
for first in stride(from: 0, to: count, by: batch) {
    _ = try writer.append(Array(entries[first..<min(count, first + batch)]))
}
let appending = seconds(clock.now - start)
print(
    "appended \(count) entries in batches of \(batch): \(rounded(appending)) s, \(Int(Double(count) / appending)) a second"
)

start = clock.now
let reader = try LogReader(LogFolder(arguments[3], for: .reading), policy: policy)
try reader.verify(threads: 2)
let verifying = seconds(clock.now - start)
print("verified all: \(rounded(verifying)) s")

var times: [Double] = []
for number in 0..<200 {
    let index = number * 7919 % count
    start = clock.now
    guard let proof = try reader.proof(of: UInt64(index)) else { exit(1) }
    times.append(seconds(clock.now - start))
    _ = try proof.verified(entries[index], policy: policy)
}
times.sort()
print("proved 200 entries: \(rounded(times[100] * 1000)) ms each, \(rounded(times[199] * 1000)) ms at most")
print("peak resident memory \(sh_peak_rss_kib() >> 10) MiB")

require(Double(count) / appending >= 5000, "fewer than 5,000 entries a second")
require(verifying <= 60 * max(1, Double(count) / 1e6), "more than 60 s for a million entries")
require(times[100] < 0.01, "more than 10 ms for a proof")
