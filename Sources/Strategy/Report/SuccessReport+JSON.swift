import Primitives

extension SuccessReport {
    /// Records as docs/json.md describes them: a line for each component, one for all, and each run that did not go well.
    package var records: [(type: String, object: JSONObject)] {
        lines.map { ("success", record($0, component: $0.component)) }
            + [("success-total", record(total, component: nil))] + troubles.map { ("success-trouble", record($0)) }
    }

    /// One document.
    package var json: String {
        var object = JSONObject()
        object.set("schema", UInt64(1))
        object.set("type", "success-report")
        object.set("project", project)
        object.set("period", period.name)
        object.set("from", period.from)
        object.set("to", period.to)
        object.set("made", made)
        object.set("components", .list(lines.map { record($0, component: $0.component).value }))
        object.set("total", record(total, component: nil).value)
        object.set("troubles", .list(troubles.map { record($0).value }))
        return object.value.encoded + "\n"
    }

    private func record(_ line: Line, component: String?) -> JSONObject {
        var object = JSONObject()
        object.set("period", period.name)
        object.set("component", component)
        Self.fill(&object, line.now, "")
        Self.fill(&object, line.before, "before_")
        object.set("objective_seconds", line.objective.map { .number($0.components.seconds) })
        object.set("breaches", UInt64(line.breaches))
        object.set("breach_seconds", seconds: line.breachSeconds)
        return object
    }

    private static func fill(_ object: inout JSONObject, _ count: ReportCount, _ prefix: String) {
        let counts = [
            ("due", count.due), ("done", count.done), ("partial", count.partial), ("failed", count.failed),
            ("missed", count.missed), ("running", count.running),
        ]
        for (name, value) in counts { object.set(prefix + name, UInt64(value)) }
        object.set(prefix + "success_rate", count.successRate.map { .decimal($0) })
        object.set(prefix + "bytes_read", count.bytesRead)
        object.set(prefix + "bytes_new", count.bytesNew)
        object.set(prefix + "bytes_stored", count.bytesStored)
        object.set(prefix + "average_seconds", count.averageSeconds.map { .decimal($0) })
        object.set(prefix + "longest_seconds", seconds: count.longest)
    }

    private func record(_ run: RunFigure) -> JSONObject {
        var object = JSONObject()
        object.set("period", period.name)
        object.set("component", run.component)
        object.set("mode", run.mode)
        object.set("outcome", run.outcome.rawValue)
        if let due = run.due { object.set("due", due) }
        if let started = run.started { object.set("started", started) }
        if let ended = run.ended { object.set("ended", ended) }
        object.set("code", run.error)
        object.set("message", run.message)
        return object
    }
}
