import Foundation
import Primitives
import Procedures
import TestSupport
import Testing

@testable import Operations

/// The journals of emergency procedures (EMG-1…3): durable, in order, and found out when somebody changes them.
@Suite struct RunbookBookTests {
    private static func at(_ second: Int64) -> Timestamp { Timestamp(nanoseconds: second * 1_000_000_000 + 5) }

    private static func declared(_ folder: String, by: String = "ada", second: Int64 = 10) throws -> (
        RunbookBook, String
    ) {
        let book = RunbookBook(folder: folder)
        let (id, _) = try book.declare(
            .corruption, cause: "a page", known: at(1), subjects: ["docs"], by: by, at: at(second))
        return (book, id)
    }

    private static func code(_ body: () throws -> Void) -> Failure.Code? {
        do { try body() } catch { return (error as? Failure)?.code }
        return nil
    }

    @Test("are gone on with by whoever opens them next, also from a copy elsewhere") func goesOn() throws {
        let scratch = try TemporaryFolder()
        let (book, id) = try Self.declared(scratch.path + "/here")
        _ = try book.append(RunbookEntry(.begun(step: "find-scope"), by: "ada", at: Self.at(20)), to: id)
        try FileManager.default.copyItem(atPath: scratch.path + "/here", toPath: scratch.path + "/there")
        let there = RunbookBook(folder: scratch.path + "/there")
        let after = try there.append(
            RunbookEntry(.done(step: "find-scope", note: "", facts: ["files": "3"]), by: "ada", at: Self.at(30)), to: id
        )
        #expect(after == (try there.read(id)) && after.steps[0].facts == ["files": "3"])
        #expect(try book.read(id).current?.standing == .begun)
        #expect(try book.find(nil) == id && book.find("1970") == id && book.ids() == [id])
    }

    @Test("take no entry that is not to be, and are as before") func refused() throws {
        let scratch = try TemporaryFolder()
        let (book, id) = try Self.declared(scratch.path)
        let before = try book.read(id)
        #expect(
            Self.code { _ = try book.append(RunbookEntry(.begun(step: "restore"), by: "ada", at: Self.at(20)), to: id) }
                == .runbookRefused)
        #expect(
            Self.code {
                _ = try book.append(RunbookEntry(.begun(step: "find-scope"), by: "ben", at: Self.at(20)), to: id)
            }
                == .runbookRefused)
        #expect(try book.read(id) == before)
        #expect(Self.code { _ = try book.find("nothing") } == .runbookMissing)
        #expect(Self.code { _ = try RunbookBook(folder: scratch.path + "/none").find(nil) } == .runbookMissing)
    }

    @Test("say so when an entry was altered, taken away or cut off", arguments: ["alter", "remove", "cut", "swap"])
    func altered(_ how: String) throws {
        let scratch = try TemporaryFolder()
        let (book, id) = try Self.declared(scratch.path)
        _ = try book.append(RunbookEntry(.begun(step: "find-scope"), by: "ada", at: Self.at(20)), to: id)
        _ = try book.append(
            RunbookEntry(.failed(step: "find-scope", message: "away"), by: "ada", at: Self.at(30)), to: id)
        let first = "\(scratch.path)/\(id)/00001.json", second = "\(scratch.path)/\(id)/00002.json"
        let text = try String(contentsOfFile: first, encoding: .utf8)
        switch how {
        case "alter": try Data(text.replacing("a page", with: "no page").utf8).write(to: URL(filePath: first))
        case "remove": try FileManager.default.removeItem(atPath: first)
        case "cut": try Data(text.utf8.dropLast(20)).write(to: URL(filePath: first))
        default: try Data(text.utf8).write(to: URL(filePath: second))
        }
        #expect(Self.code { _ = try book.read(id) } == .runbookDamaged)
        #expect(
            Self.code {
                _ = try book.append(RunbookEntry(.begun(step: "find-scope"), by: "ada", at: Self.at(40)), to: id)
            }
                == .runbookDamaged)
    }

    @Test("have one step done at a time, also where whoever does it takes long") func alone() throws {
        let scratch = try TemporaryFolder()
        let (book, id) = try Self.declared(scratch.path)
        try book.alone(with: id) {
            #expect(Self.code { try book.alone(with: id) {} } == .stateBusy)
        }
        #expect(Self.code { try book.alone(with: id) {} } == nil)
    }

    @Test("hold the paths of very many damaged files") func many() throws {
        let scratch = try TemporaryFolder()
        let (book, id) = try Self.declared(scratch.path)
        _ = try book.append(RunbookEntry(.begun(step: "find-scope"), by: "ada", at: Self.at(20)), to: id)
        let facts = ["version.1f3a": String(repeating: "/srv/documents/a rather long name of a file,", count: 100_000)]
        _ = try book.append(
            RunbookEntry(.done(step: "find-scope", note: "", facts: facts), by: "ada", at: Self.at(30)), to: id)
        #expect(try book.read(id).steps[0].facts == facts)
    }

    @Test("lose nothing when several write at once: each entry is there, in a row") func together() async throws {
        let scratch = try TemporaryFolder()
        let (book, id) = try Self.declared(scratch.path)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    _ = try? book.append(
                        RunbookEntry(.takenOver(reason: "number \(number)"), by: "p\(number)", at: Self.at(50)), to: id)
                }
            }
        }
        let all = try book.read(id).entries
        #expect(all.count == 9 && Set(all.map(\.by)).count == 9)
    }
}
