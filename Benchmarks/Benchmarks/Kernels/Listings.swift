import Benchmark
import Primitives
import RepositoryEngine
import Sealing

func listingBenchmarks() {
    let records = (0..<2_000).map { number in
        var record = ListingRecord()
        record.path = Array("usr/share/doc/package-\(1_000 + number / 40)/examples/file-\(number % 40).txt".utf8)
        record.inode = UInt64(number * 3)
        record.mtime = FileTime(seconds: 1_700_000_000 + Int64(number % 977), nanoseconds: 123_456_789)
        record.ctime = record.mtime
        record.size = 4_321
        record.digest = Digest32(a: UInt64(number), b: 2, c: 3, d: 4)
        record.slices = [
            Slice(
                type: .bundle, id: Digest32(a: 1, b: 2, c: 3, d: UInt64(number / 100)), offset: UInt32(number),
                count: 4_321)
        ]
        return record
    }
    func encode() -> [UInt8] {
        var encoder = ListingBlockEncoder()
        for record in records { encoder.append(record) { _, _ in "root" } }
        return encoder.finish()
    }
    Benchmark("Encode a listing block of 2,000 records") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(encode()) }
    }
    let block = encode()
    Benchmark("Decode a listing block of 2,000 records") { benchmark in
        var record = ListingRecord()
        for _ in benchmark.scaledIterations {
            var decoder = try ListingBlockDecoder(block)
            record = ListingRecord()
            while try decoder.next(&record) {}
            blackHole(record.inode)
        }
    }
}
