import Foundation
import Strategy
import StrategyFile
import Testing

@Suite struct StrategySchemaTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/safehold.schema.json")

    /// SAFEHOLD_REWRITE=1 writes it.
    @Test func thePublishedSchemaIsTheProgramsOwn() throws {
        if ProcessInfo.processInfo.environment["SAFEHOLD_REWRITE"] == "1" {
            try StrategySchema.text.write(to: Self.page, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: Self.page, encoding: .utf8) == StrategySchema.text)
    }

    private static let python: String? = {
        let named = ProcessInfo.processInfo.environment["SAFEHOLD_PYTHON"]
        return [named, "/usr/bin/python3", "/usr/local/bin/python3"].compactMap { $0 }.first { path in
            !path.isEmpty && (try? run(path, "import jsonschema, yaml", [])) == 0
        }
    }()

    private static func run(_ python: String, _ script: String, _ words: [String]) throws -> Int32 {
        let process = Process()
        (process.executableURL, process.arguments) = (URL(filePath: python), ["-c", script] + words)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// By somebody else's reader of both.
    @Test(.enabled(if: python != nil, "no Python has jsonschema and yaml"))
    func thePresetIsAsTheSchemaSays() throws {
        let script = """
            import jsonschema, json, sys, yaml
            schema = json.loads(sys.argv[1])
            jsonschema.Draft202012Validator.check_schema(schema)
            jsonschema.validate(yaml.safe_load(sys.argv[2]), schema, cls=jsonschema.Draft202012Validator)
            """
        let (python, schema) = (try #require(Self.python), StrategySchema.text)
        let strategy = try PresetTests.reading().strategy
        for text in [Preset.iqhis.text(), StrategyWriter.text(strategy)] {
            #expect(try Self.run(python, script, [schema, text]) == 0)
        }
        let wrong = Preset.iqhis.text().replacing("kind: source", with: "kind: sauce")
        #expect(try Self.run(python, script, [schema, wrong]) != 0)
    }

    private typealias Object = [String: Any]

    private static func schema() throws -> Object {
        try #require(try JSONSerialization.jsonObject(with: Data(StrategySchema.text.utf8)) as? Object)
    }

    private static let streamed =
        "stores: {p: {role: primary, site: s, location: /p}}\ncomponents: {a: {kind: database, schedule: {full: hourly}, retention: iqhis, "

    /// Every group of the schema, and the file that has an unknown key there: what the parser says is allowed, the schema has.
    @Test(arguments: [
        ("", "zzqx: 1"), ("defaults", "defaults: {zzqx: 1}"), ("defaults/schedule", "defaults: {schedule: {zzqx: 1}}"),
        ("defaults/retention", "defaults: {retention: {zzqx: 1}}"),
        ("defaults/objectives", "defaults: {objectives: {zzqx: 1}}"),
        ("stores/*", "stores: {a: {zzqx: 1}}"), ("components/*", "components: {a: {zzqx: 1}}"),
        (
            "components/*/hooks",
            "stores: {p: {role: primary, site: s, location: /p}}\ncomponents: {a: {kind: source, sources: [x], schedule: {full: hourly}, retention: iqhis, hooks: {zzqx: 1}}}"
        ),
        ("components/*/streams", streamed + "streams: {zzqx: 1}}}"),
        ("components/*/postgresql", streamed + "postgresql: [{zzqx: 1}]}}"),
        ("components/*/postgresql/selections/*", streamed + "postgresql: {database: d, selections: {a: {zzqx: 1}}}}}"),
        ("components/*/sqlite", streamed + "sqlite: {zzqx: 1}}}"),
        ("components/*/base-backup", streamed + "base-backup: {zzqx: 1}}}"),
        ("components/*/schedule", "components: {a: {schedule: {zzqx: 1}}}"),
        ("upkeep", "project: p\nupkeep: {zzqx: 1}"), ("contacts/*", "project: p\ncontacts: {a: {zzqx: 1}}"),
        ("contacts/*/webhook", "project: p\ncontacts: {a: {webhook: {zzqx: 1}}}"),
        ("notifications", "project: p\nnotifications: {zzqx: 1}"),
        ("notifications/mail", "project: p\nnotifications: {mail: {zzqx: 1}}"),
        ("notifications/routes", "project: p\nnotifications: {routes: [{zzqx: 1}]}"),
        ("notifications/escalation", "project: p\nnotifications: {escalation: [{zzqx: 1}]}"),
        ("notifications/digest", "project: p\nnotifications: {digest: {zzqx: 1}}"),
        ("notifications/dead-man", "project: p\nnotifications: {dead-man: {every: 1h, zzqx: 1}}"),
        ("notifications/metrics", "project: p\nnotifications: {metrics: {zzqx: 1}}"),
        ("reviews/*", "project: p\nreviews: {a: {zzqx: 1}}"), ("drills", "project: p\ndrills: {zzqx: 1}"),
        ("drills/full-system", "project: p\ndrills: {full-system: {zzqx: 1}}"),
        ("emergency", "project: p\nemergency: {zzqx: 1}"),
        ("emergency/services/*", "project: p\nemergency: {services: {a: {zzqx: 1}}}"),
    ]) func theKeysAreThoseOfTheParser(_ path: String, _ text: String) throws {
        var place: Any = try Self.schema()
        for name in path.split(separator: "/") { place = try #require(Self.step(place, String(name)), "\(path)") }
        let keys = try #require(Self.group(place)?["properties"] as? Object, "\(path)").keys.sorted()
        let problems = #expect(throws: StrategyProblems.self) { try StrategyText.parse(Array(text.utf8), base: []) }
        let mark = "'zzqx' is not known here; allowed are "
        let said = try #require(problems?.problems.first { $0.text.hasPrefix(mark) }, "\(path)")
        #expect(said.text.dropFirst(mark.count).split(separator: ", ").map(String.init).sorted() == keys, "\(path)")
    }

    private static func group(_ place: Any) -> Object? {
        guard let object = place as? Object else { return nil }
        if object["properties"] != nil || object["additionalProperties"] is Object { return object }
        if let items = object["items"] { return group(items) }
        return (object["anyOf"] as? [Any])?.lazy.compactMap(group).first
    }

    private static func step(_ place: Any, _ name: String) -> Any? {
        guard let object = group(place) else { return nil }
        return name == "*" ? object["additionalProperties"] : (object["properties"] as? Object)?[name]
    }

    /// Every group of the schema is asked for above.
    @Test func noGroupIsForgotten() throws {
        func count(_ place: Any) -> Int {
            if let list = place as? [Any] { return list.map(count).reduce(0, +) }
            guard let object = place as? Object else { return 0 }
            return (object["additionalProperties"] is Bool ? 1 : 0) + object.values.map(count).reduce(0, +)
        }
        // 29 above; defaults and components share schedule, retention and objectives; routes, steps, streams, databases with their selections,
        // and files may stand alone or in a list; the drills are three.
        let schema = try Self.schema()
        #expect(count(schema) == 29 + 2 + 6 + 2)
    }
}
