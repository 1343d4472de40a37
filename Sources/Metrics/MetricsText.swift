import Primitives

/// Numbers as monitoring systems read them.
package enum MetricsText {
    package enum Format: Sendable, Equatable {
        /// What the textfile collector reads: Prometheus' text format 0.0.4.
        case prometheus
        /// OpenMetrics 1.0.0.
        case openMetrics

        package var contentType: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    /// Metrics without a value are left out.
    package static func of(_ snapshot: MetricsSnapshot, _ format: Format = .prometheus) -> String {
        var out = ""
        for family in MetricFamily.all {
            let samples = family.samples(snapshot)
            guard !samples.isEmpty else { continue }
            let isCounter = format == .openMetrics && family.kind == .counter
            let name = isCounter && family.name.hasSuffix("_total") ? String(family.name.dropLast(6)) : family.name
            out += "# HELP \(name) \(escaped(family.help, quotes: false))\n# TYPE \(name) \(family.kind.rawValue)\n"
            for sample in samples { out += line(family.name, sample) }
        }
        return format == .openMetrics ? out + "# EOF\n" : out
    }

    private static func line(_ name: String, _ sample: MetricFamily.Sample) -> String {
        let labels = sample.labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
        return name + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}") + " \(number(sample.value))\n"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 9e15 ? String(Int64(value)) : String(value)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        text.escaping { scalar in
            switch scalar {
            case "\\": "\\\\"
            case "\n": "\\n"
            case "\"" where quotes: "\\\""
            default: nil
            }
        }
    }
}

/// A file for node_exporter's textfile collector. It is replaced in one step: nobody reads half of it.
package enum MetricsFile {
    /// `path` ends in ".prom", or the collector does not read it; everybody may read it.
    package static func write(_ snapshot: MetricsSnapshot, to path: String) throws {
        guard path.hasPrefix("/"), path.hasSuffix(".prom") else {
            throw Failure(
                .strategyInvalid, "The file for metrics is '\(path)'.",
                advice: "Give a whole path that ends in .prom, in the directory of node_exporter's textfile collector.")
        }
        try LocalFile.write(Array(MetricsText.of(snapshot).utf8), to: path, mode: 0o644)
    }
}
