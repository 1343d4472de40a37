import CLinux
import Primitives

/// How many readers are at work: all of them while the disk has to be asked, so that it has many requests at once; one a processor
/// while everything comes from memory, where more would only be in each other's way.
final class ReaderAdmission: Sendable {
    private static let patience = 4

    private struct State {
        var limit: Int
        var jobsFromMemory = 0
        var isOpen = false
    }

    private let most: Int
    private let least: Int
    private let state: Monitor<State>

    init(most: Int) {
        self.most = most
        least = min(most, WorkerThreads.processorCount)
        state = Monitor(State(limit: least))
    }

    func waitForTurn(_ number: Int) { state.wait { $0.isOpen || number < $0.limit ? () : nil } }

    /// Called by a reader after each job, from its own thread.
    func noteJob() {
        let askedDisk = sh_thread_read_from_disk() != 0
        state.updateIfNeeded { state in
            if askedDisk {
                state.jobsFromMemory = 0
                guard state.limit < most else { return false }
                state.limit = most
                return true
            }
            state.jobsFromMemory += 1
            if state.jobsFromMemory >= Self.patience { state.limit = least }
            return false
        }
    }

    /// Lets everybody through, so that they find out that there is nothing left.
    func open() { state.update { $0.isOpen = true } }
}
