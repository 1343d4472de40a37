import Catalog
import Glibc
import Operations
import Primitives
import Storage
import Strategy
import TestSupport

@testable import Identity

/// A strategy over one repository in memory, components that are folders on disk, and a catalog.
final class StrategyWorld {
    let trip: RoundTrip
    let catalog: CatalogDatabase
    var strategy: BackupStrategy

    /// Where copies go, by location.
    let copies: [String: MemoryStore] = ["memory:copy": MemoryStore()]

    init(store: MemoryStore? = nil, locks: LockSettings? = nil) throws {
        trip = try RoundTrip(store: store, locks: locks)
        mkdir(trip.host.root, 0o755)
        catalog = try CatalogDatabase(path: trip.folder.path + "/catalog.sqlite")
        strategy = BackupStrategy(project: "world")
        strategy.stores = [StorePlan(name: "primary", role: .primary, site: "here", location: "memory:")]
    }

    var log: String { trip.folder.path + "/log" }
    var logged: [String] {
        String(decoding: (try? LocalFile.read(log, limit: 1 << 20)) ?? [], as: UTF8.self).split(separator: "\n").map(
            String.init)
    }

    /// A component whose folder has one file; its hooks write their words into `log`.
    @discardableResult
    func component(_ name: String, kind: ComponentKind = .documentation, hooks: Bool = false) -> ComponentPlan {
        let folder = trip.source + "/" + name
        mkdir(folder, 0o755)
        trip.write(name + "/file", Array("content of \(name)".utf8))
        var component = ComponentPlan(
            name: name, kind: kind, sources: [Array(folder.utf8)],
            jobs: [BackupJob(mode: .full, schedule: .every(.seconds(3600)))], retention: .iqhis, store: "primary")
        if hooks {
            component.hooks.freeze = logging("freeze \(name)")
            component.hooks.thaw = logging("thaw \(name)")
            component.hooks.after = ["/bin/sh", "-c", "echo after $SAFEHOLD_COMPONENT $SAFEHOLD_OUTCOME >>\"$0\"", log]
        }
        strategy.components.append(component)
        return component
    }

    func logging(_ words: String) -> [String] { ["/bin/sh", "-c", "echo \"$1\" >>\"$0\"", log, words] }

    var place: StrategyPlace {
        let (store, copies) = (trip.store, copies)
        let open: @Sendable (String) -> any ObjectStore = { copies[$0] ?? store }
        let surroundings = Surroundings(
            door: OpenDoor(), terminal: Terminal(width: { _ in 0 }, readSecret: { _ in nil }, isInterrupted: { false }),
            clock: trip.clock, hostState: trip.host, host: "elsewhere", user: "test", workingDirectory: [0x2F],
            openStore: open, createStore: open, placeCopy: open,
            accesses: AccessJournal(trip.host))
        return StrategyPlace(
            strategy: strategy, digest: "ab", catalog: catalog, surroundings: surroundings, software: "test")
    }

    let stamp = SetStamp(Timestamp(nanoseconds: 1_795_000_000_000_000_000))

    func carryOut(_ components: [ComponentPlan], mode: BackupJob.Mode = .full) throws -> [RunRecord] {
        try SetRun.carryOut(
            components.map { PlannedRun(component: $0, mode: mode) }, stamp: stamp, at: place,
            observer: SilentObserver(), permit: { _ in Permit(owner: "test") })
    }
}

struct OpenDoor: Doorkeeper {
    func permit<Action>(for action: Action.Type, on target: Target) -> Permit<Action> { Permit(owner: "test") }
    func leave(for plan: GravePlan, request: ApprovalID?) -> Leave { Leave(.owner, plan.act, plan: plan.digest) }
    func requireSomebody() {}
    func whoIsThere() -> Actor { Actor(.operatingSystem, user: "test") }
    func ofHost() -> any Doorkeeper { self }
}
