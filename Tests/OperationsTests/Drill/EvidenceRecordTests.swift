import Primitives
import Testing

@testable import Operations

@Suite("The record of a test") struct EvidenceRecordTests {
    /// A record with all that is mandatory, but for what is left out.
    static func json(without left: String? = nil, _ value: JSON = .text("x")) -> JSON {
        var top: [(String, [(String, JSON)])] = []
        for path in EvidenceRecord.mandatory where path != left {
            let parts = path.split(separator: ".").map(String.init)
            if parts.count == 1 {
                top.append((parts[0], []))
            } else if let index = top.firstIndex(where: { $0.0 == parts[0] }) {
                top[index].1.append((parts[1], value))
            } else {
                top.append((parts[0], [(parts[1], value)]))
            }
        }
        return .object(
            top.map { name, members in
                JSON.Member(
                    name: name,
                    value: members.isEmpty
                        ? value : .object(members.map { JSON.Member(name: $0.0, value: $0.1) }))
            })
    }

    @Test("is one with all that an inspector asks for, and comes back from its bytes") func whole() throws {
        let record = try EvidenceRecord(Self.json())
        #expect(try EvidenceRecord(decoding: record.bytes).digest == record.digest)
        #expect(record.bytes.last == 0x0A)
    }

    @Test("lacks nothing, not even as an empty text", arguments: EvidenceRecord.mandatory) func lacking(path: String)
        throws
    {
        #expect(throws: Failure.self) { try EvidenceRecord(Self.json(without: path)) }
        do {
            _ = try EvidenceRecord(Self.json(without: path))
        } catch let failure as Failure {
            #expect(failure.code == .evidenceIncomplete && failure.message.contains(path))
        }
    }

    @Test("has one digest, however its members are ordered") func canonical() throws {
        guard case .object(let members) = Self.json() else { return }
        let turned = try EvidenceRecord(.object(members.reversed()))
        #expect(try EvidenceRecord(Self.json()).digest == turned.digest)
    }
}

@Suite("What a restore test chooses") struct TestChoiceTests {
    @Test("is the same for one seed, and each age comes about") func ages() {
        var seen: Set<TestChoice.Age> = []
        for number in 0..<64 {
            let choice = TestChoice(seed: "\(number)")
            #expect(choice.age == TestChoice(seed: "\(number)").age)
            seen.insert(choice.age)
            for count in 1..<8 {
                #expect((0..<count).contains(choice.snapshot(.any, of: count)))
                #expect(choice.snapshot(.newest, of: count) == count - 1 && choice.snapshot(.oldest, of: count) == 0)
            }
        }
        #expect(seen.count == 3)
        #expect(TestChoice(seed: nil).seed != TestChoice(seed: nil).seed)
    }
}
