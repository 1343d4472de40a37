import RepositoryEngine
import Storage

/// What the structure key lets be seen of the index.
struct IndexVerification {
    let index: IndexSet
    let ledger: VerifyLedger
    let inventory: Inventory

    /// Every pack that a run names is there in its size, or was collected.
    func checkSizes() {
        let sizes = inventory.sizes
        for run in index.locator.runs {
            for pack in run.packs where sizes[pack.name] != pack.size {
                if sizes[pack.name] == nil, inventory.collected.contains(pack.name) { continue }
                let name = Names.pack(pack.name, pack.kind).path
                ledger.add(
                    pack: pack.name, name,
                    sizes[pack.name].map { "has \($0) bytes where the index says \(pack.size)" } ?? "is missing")
            }
        }
    }

    /// Runs can be rebuilt: one that is missing does harm only as long as packs are in no other.
    func checkRuns() throws {
        let unindexed = try index.locator.recoveredPlaces()?.packs.count ?? 0
        for name in inventory.missingRuns {
            if unindexed > 0 {
                ledger.add(name.path, "is missing; 'safehold repair index' rebuilds it from the packs")
            } else {
                ledger.note("\(name) is missing, but other index runs list all packs.")
            }
        }
        guard unindexed > 0 else { return }
        ledger.note(
            "\(unindexed) packs are in no index run that can be read; their chunks were found through the packs themselves. "
                + "'safehold repair index' writes a run for them.")
    }
}
