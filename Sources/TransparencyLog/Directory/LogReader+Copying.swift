extension LogReader {
    /// Hands on every file that the newest checkpoint needs, and that itself as the last one: together they are the log, as it was read. Nothing is checked.
    package func forEachFile(_ body: (LogFile) throws -> Void) throws {
        for tile in Tile.growth(from: 0, to: tree.size) {
            let bytes = try TileReader.bytes(tile) { try storage.read($0.description) }
            try body(LogFile(tile.description, bytes))
        }
        try body(LogFile(LogWriter.checkpointPath, note.bytes))
    }
}
