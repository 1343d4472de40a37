import Foundation

extension EveryCommand {
    /// A segment of 1 MiB whose first page is as a server writes it.
    mutating func archivingLog() throws {
        let folder = try place.scratch.folder("log")
        for number in [1, 2, 4] { try write("00000001000000000000000\(number)", number, folder) }
        func push(_ number: Int) -> [String] {
            ["wal", "push", "--component", "cluster", "\(folder)/00000001000000000000000\(number)"]
        }
        try run(push(1), place.writing)
        try run(push(1), place.writing)
        try run(push(2), place.writing)
        let get = ["wal", "get", "--component", "cluster"]
        try run(get + ["000000010000000000000001", folder + "/back"], place.reading)
        try run(get + ["000000010000000000000007", folder + "/back"], place.reading, 1)
        try run(get + ["nonsense", folder + "/back"], place.reading, 202)
        try run(["wal", "check", "cluster"], place.reading)
        try run(push(4), place.writing)
        try run(["wal", "check", "cluster"], place.reading, 11)
    }

    private func write(_ name: String, _ number: Int, _ folder: String) throws {
        func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
            withUnsafeBytes(of: number.littleEndian) { Array($0) }
        }
        let head =
            little(UInt16(0xD110)) + little(UInt16(2)) + little(UInt32(1)) + little(UInt64(number) << 20)
            + little(UInt64(0)) + little(UInt64(7)) + little(UInt32(1 << 20)) + little(UInt32(8192))
        let rest = [UInt8](repeating: UInt8(number), count: (1 << 20) - head.count)
        try Data(head + rest).write(to: URL(filePath: folder + "/" + name))
    }
}
