// Appends as many audit entries as wanted to a log in a folder, durably and in batches, verifies all of it, proves some of them, searches and exports it.
// Prints what it took, and fails when a figure is beyond what is promised: 5,000 entries a second, a million verified in 60 s, a proof in 10 ms.
// Usage: log-scale ENTRIES BATCH FOLDER

import Audit
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

/// Of every two one begins something and the other ends it, as docs/audit-log.md has them.
func entry(_ number: Int) -> [UInt8] {
    let time = "2026-11-27T\(10 + number / 3600 % 10):\(10 + number / 60 % 50):\(10 + number % 50).123456789Z"
    let when = #""when":{"boot":"5f0c2c9e-1d7b-4a3e-9a51-0b6c61d5b1aa","time":"\#(time)","uptime_us":\#(number)}"#
    let person = number / 2 % 97
    let by =
        #""by":{"host":"ward-7","how":"operating-system","kind":"person","login":1000,"name":"user-\#(person)","uid":\#(person)}"#
    let text =
        number.isMultiple(of: 2)
        ? #"{"act":"backup",\#(by),"effect":"add","entry":"intent","on":[{"kind":"repository","name":"/srv/backup"},{"kind":"component","name":"database"}],"process":77,"software":"safehold 0.1.0","v":1,\#(when)}"#
        : #"{"act":"backup",\#(by),"entry":"outcome","of":\#(number - 1),"on":[{"kind":"snapshot","name":"\#(SHA256Digest.of(Array("\(number)".utf8)).hex)"}],"result":"ok","software":"safehold 0.1.0","v":1,\#(when)}"#
    return Array(text.utf8)
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

try LocalFile.write(policy.bytes, to: arguments[3] + ".policy")

var start = clock.now
for first in stride(from: 0, to: count, by: batch) {
    _ = try writer.append((first..<min(count, first + batch)).map(entry))
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
    _ = try proof.verified(entry(index), policy: policy)
}
times.sort()
print("proved 200 entries: \(rounded(times[100] * 1000)) ms each, \(rounded(times[199] * 1000)) ms at most")
print("peak resident memory until now \(sh_peak_rss_kib() >> 10) MiB")

let book = try AuditBook(exported: arguments[3], policy: policy)
var search = AuditSearch()
search.person = "user-1"
start = clock.now
let found = try book.find(search)
print("searched: \(found.count) acts of one person, \(rounded(seconds(clock.now - start))) s")

start = clock.now
var read = 0
try book.forEach(book.find(AuditSearch())) { act in read += act.result == .ok ? 1 : 0 }
print("read all \(read) acts: \(rounded(seconds(clock.now - start))) s")

start = clock.now
try AuditExport(to: arguments[3] + ".export").write(book)
print("exported log and entries, and verified the copy: \(rounded(seconds(clock.now - start))) s")
print("peak resident memory \(sh_peak_rss_kib() >> 10) MiB")

require(Double(count) / appending >= 5000, "fewer than 5,000 entries a second")
require(verifying <= 60 * max(1, Double(count) / 1e6), "more than 60 s for a million entries")
require(times[100] < 0.01, "more than 10 ms for a proof")
