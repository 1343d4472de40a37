import Primitives
import TestSupport
import Testing

@testable import Anomaly

@Suite("A look at content") struct ContentLookTests {
    private func look(_ bytes: [UInt8]) -> ContentLook { bytes.withUnsafeBytes { ContentLook(whole: $0) } }

    private func random(_ count: Int, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    @Test("takes random bytes for noise, a thousand times in a row")
    func noise() {
        for seed in 0..<1000 { #expect(look(random(256 + Int(seed), seed: UInt64(seed))).isNoise, "seed \(seed)") }
    }

    @Test("takes text, tables, base64, ramps and zeros for no noise")
    func plain() {
        let text = Array(String(repeating: "The quick brown fox jumps over the lazy dog. ", count: 40).utf8)
        let table = Array((0..<400).map { "\($0),\($0 &* 7919 % 1000),2026-03-\($0 % 28 + 1)\n" }.joined().utf8)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let base64 = random(4096, seed: 1).map { letters[Int($0 & 63)] }
        let ramp = (0..<4096).map { UInt8(truncatingIfNeeded: $0) }
        for bytes in [text, table, base64, ramp, [UInt8](repeating: 0, count: 4096)] {
            #expect(!look(bytes).isNoise)
        }
    }

    @Test("sees a file of which only the beginning, or only the rest, is noise")
    func parts() {
        let text = Array(String(repeating: "lorem ipsum dolor sit amet ", count: 200).utf8)
        #expect(look(random(600, seed: 3) + text).isNoise)
        var pieces = ContentLook()
        text.withUnsafeBytes { pieces.begin($0) }
        for seed in 0..<3 { random(512, seed: UInt64(seed)).withUnsafeBytes { pieces.look(at: $0) } }
        #expect(pieces.isNoise)
    }

    @Test("says nothing of small files but how they begin")
    func small() {
        #expect(!look(random(200, seed: 4)).isNoise)
        #expect(look([1, 2]).head == 0x0201)
        #expect(look([]).headCount == 0)
    }
}

@Suite("What names promise") struct FileTypeTests {
    private func look(_ text: String) -> ContentLook {
        Array(text.utf8).withUnsafeBytes { ContentLook(whole: $0) }
    }

    @Test("is known of documents, pictures and archives, in capitals too")
    func known() throws {
        let word = try #require(FileType.of(Array("work/Report.DOCX".utf8)))
        #expect(word.isPacked && word.hasHeader && !word.isArchive)
        #expect(word.fits(look("PK\u{3}\u{4}and more")) && !word.fits(look("%PDF-1.7")))
        let film = try #require(FileType.of(Array("a.mp4".utf8)))
        #expect(film.fits(look("....ftypisom")) && !film.fits(look("ftyp....isom")))
        #expect(FileType.of(Array("a.gz".utf8))?.isArchive == true)
        for name in ["main.swift", "README", ".zip", "folder.zip/plain", "a.b.c.unheard-of"] {
            #expect(FileType.of(Array(name.utf8)) == nil, "\(name)")
        }
    }

    @Test(
        "changes of names are told apart",
        arguments: [
            ("a/x.doc", "a/x.doc.locked", FileName.Change.appended), ("a/x.doc", "a/x.doc_enc", .appended),
            ("a/x.doc", "a/x.locked", .replaced), ("a/x", "a/x.locked", .appended),
        ])
    func changes(_ old: String, _ new: String, _ change: FileName.Change) {
        #expect(FileName.change(from: Array(old.utf8), to: Array(new.utf8)) == change)
    }

    @Test(
        "names that have nothing to do with each other",
        arguments: [("a/x.doc", "a/y.locked"), ("a/x", "a/xy"), ("a/x.doc", "b/x.locked"), ("a", "a/b"), ("a", "a")])
    func others(_ old: String, _ new: String) {
        #expect(FileName.change(from: Array(old.utf8), to: Array(new.utf8)) == nil)
    }
}
