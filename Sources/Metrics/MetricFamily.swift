import Primitives

/// A metric: its name, what it means, and what it is at a moment.
package struct MetricFamily: Sendable {
    package enum Kind: String, Sendable { case gauge, counter }

    package struct Sample: Sendable, Equatable {
        package var labels: [(name: String, value: String)]
        package var value: Double

        package static func == (x: Sample, y: Sample) -> Bool {
            x.value == y.value && x.labels.elementsEqual(y.labels) { $0 == $1 }
        }
    }

    package var name: String
    package var kind: Kind
    package var help: String
    var samples: @Sendable (MetricsSnapshot) -> [Sample]

    package static let all = daemon + components + logs + stores

    static func one(
        _ name: String, _ help: String, kind: Kind = .gauge, _ value: @escaping @Sendable (MetricsSnapshot) -> Double?
    ) -> MetricFamily {
        MetricFamily(name: name, kind: kind, help: help) { snapshot in
            value(snapshot).map { [Sample(labels: [], value: $0)] } ?? []
        }
    }

    static func perComponent(
        _ name: String, _ help: String,
        _ value: @escaping @Sendable (MetricsSnapshot.Component, Timestamp) -> Double?
    ) -> MetricFamily {
        MetricFamily(name: name, kind: .gauge, help: help) { snapshot in
            snapshot.components.compactMap { component in
                value(component, snapshot.time).map {
                    Sample(labels: [("component", component.name), ("kind", component.kind)], value: $0)
                }
            }
        }
    }

    static func perStore(
        _ name: String, _ help: String, _ value: @escaping @Sendable (MetricsSnapshot.Store) -> Double?
    ) -> MetricFamily {
        MetricFamily(name: name, kind: .gauge, help: help) { snapshot in
            snapshot.stores.compactMap { store in
                value(store).map {
                    Sample(labels: [("store", store.name), ("role", store.role), ("site", store.site)], value: $0)
                }
            }
        }
    }
}

extension Timestamp {
    var seconds: Double { Double(nanoseconds) / 1e9 }
}
