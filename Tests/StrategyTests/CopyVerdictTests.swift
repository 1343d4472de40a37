import Primitives
import Strategy
import TestSupport
import Testing

@Suite("3-2-1-1-0") struct CopyVerdictTests {
    private static let day: Int64 = 86_400_000_000_000
    private let now = Timestamp(nanoseconds: 20_000 * Self.day)
    private let terms = CopyVerdict.Terms(home: "main")

    private func copy(
        _ name: String, _ site: String = "main", _ kind: CopyFacts.Kind = .disk, offline: Bool = false,
        immutable: Bool = false, errors: UInt64? = 0, age: Int64 = 3
    ) -> CopyFacts {
        CopyFacts(
            name: name, site: site, kind: kind, isOffline: offline, isImmutable: immutable,
            verified: errors.map { .init(time: Timestamp(nanoseconds: now.nanoseconds - age * Self.day), errors: $0) })
    }

    private func verdict(_ copies: [CopyFacts]) -> CopyVerdict { CopyVerdict(copies, terms: terms, now: now) }
    private func unmet(_ copies: [CopyFacts]) -> Set<CopyVerdict.Rule> {
        Set(verdict(copies).rulings.filter { !$0.isMet }.map(\.rule))
    }

    private var good: [CopyFacts] {
        [copy("a"), copy("b", "other", .objectStore, immutable: true), copy("c", "vault", .removable, offline: true)]
    }

    @Test("what fulfils every rule is said to") func met() {
        #expect(verdict(good).isMet)
        #expect(verdict(good).rulings.allSatisfy { $0.advice == nil && !$0.copies.isEmpty })
    }

    @Test("each rule on its own is found to be broken, and only that one") func each() {
        #expect(unmet(Array(good.dropFirst())) == [.threeCopies])
        #expect(unmet([copy("a"), copy("b", "x"), copy("c", "y", offline: true)]) == [.twoKinds])
        #expect(unmet([copy("a"), copy("b", "main", .tape, offline: true), copy("c")]) == [.oneElsewhere])
        #expect(unmet([copy("a"), copy("b", "x", .objectStore), copy("c", "y")]) == [.oneOutOfReach])
        for bad in [copy("d", errors: 1), copy("d", errors: nil), copy("d", age: 93), copy("d", age: -1)] {
            #expect(unmet(good + [bad]) == [.noErrors])
            #expect(verdict(good + [bad]).rulings.last?.advice?.contains("'d'") == true)
        }
        #expect(unmet(good + [copy("d", age: 92)]).isEmpty)
        #expect(unmet([]) == Set(CopyVerdict.Rule.allCases))
    }

    private func random(_ seed: Int) -> [CopyFacts] {
        var generator = SeededGenerator(seed: UInt64(seed))
        return (0..<Int.random(in: 0...5, using: &generator)).map { number in
            copy(
                "c\(number)", ["main", "a", "b"].randomElement(using: &generator) ?? "main",
                CopyFacts.Kind.allCases.randomElement(using: &generator) ?? .disk,
                offline: .random(using: &generator), immutable: .random(using: &generator),
                errors: [0, 0, 0, 1, nil].randomElement(using: &generator) ?? nil,
                age: .random(in: 0...120, using: &generator))
        }
    }

    @Test("a further good copy breaks no rule, and every broken rule says what to do", arguments: 0..<300)
    func monotonous(seed: Int) {
        let copies = random(seed)
        let before = unmet(copies)
        let after = unmet(copies + [copy("more", "far", .tape, offline: true, immutable: true)])
        #expect(after.isSubset(of: before))
        for ruling in verdict(copies).rulings {
            #expect(ruling.isMet == (ruling.advice == nil))
            #expect(Set(ruling.copies).isSubset(of: Set(copies.map(\.name))))
        }
    }

    @Test("the order of the copies does not matter", arguments: 0..<100) func order(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        #expect(unmet(random(seed)) == unmet(random(seed).shuffled(using: &generator)))
    }

    @Test("a file of copies is read") func file() throws {
        let text = """
            # our copies
            name = primary; location = /srv/backup; site = main; medium = disk; offline = no; verified = 2026-11-01

            name = bucket; location = s3://b/p; site = cloud; medium = object-store; offline = no; immutable = yes; verified = 2026-10-01; errors = 2
            """
        let copies = try CopiesFile.parse(text)
        #expect(
            copies.map(\.name) == ["primary", "bucket"] && copies[1].isImmutable && copies[1].verified?.errors == 2)
        #expect(copies[0].verified?.errors == 0 && copies[1].kind == .objectStore)
    }

    @Test(
        "a line that is not understood is an error that names it",
        arguments: [
            "name = x", "nonsense", "", "site = b; site = c", "medium = paper", "offline = maybe", "colour = red",
            "verified = yesterday", "errors = 0", "verified = 2026-11-01; errors = none", "name = a",
        ])
    func badLines(_ change: String) {
        let base = ["name": "b", "location": "/x", "site": "s", "medium": "disk", "offline": "no"]
        var line = base.map { "\($0.key) = \($0.value)" }.joined(separator: "; ")
        if change == "nonsense" || change == "name = x" {
            line = change
        } else if change.isEmpty {
            line += ";"
        } else {
            let names = change.split(separator: ";").map { $0.split(separator: " ")[0] }
            line =
                base.filter { !names.contains(Substring($0.key)) }.map { "\($0.key) = \($0.value)" }.joined(
                    separator: "; ")
                + "; " + change
        }
        let text = "# first\nname = a; location = /x; site = s; medium = disk; offline = no\n" + line + "\n"
        let problem = #expect(throws: CopiesFile.Problem.self) { try CopiesFile.parse(text) }
        #expect(problem?.line == 3 && problem?.text.isEmpty == false)
    }

    @Test(
        "a secret is refused, and not repeated",
        arguments: [
            "password = hunter2", "secret-key = hunter2", "location = https://user:hunter2@host/x",
            "location = s3://b/p?token=hunter2", "location = https://h/b?X-Amz-Signature=hunter2",
        ])
    func secrets(_ field: String) {
        let rest = field.hasPrefix("location") ? "" : "location = /x; "
        let problem = #expect(throws: CopiesFile.Problem.self) {
            try CopiesFile.parse("name = a; \(rest)site = s; medium = disk; offline = no; \(field)")
        }
        #expect(problem?.text.contains("secret") == true && problem?.text.contains("hunter2") == false)
    }
}
