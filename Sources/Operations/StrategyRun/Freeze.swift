import Catalog
import Glibc
import Primitives
import Storage
import Strategy

/// A component that is frozen, and will be thawed whatever happens: by us; by its guard, a process that waits for our end, when we are
/// killed or the freeze lasts too long; and by the next start, which finds it in the catalog.
final class Freeze: Sendable {
    private struct State {
        var guardEnd: Int32
        var guardProcess: pid_t
        /// Set by whoever thaws first.
        var isOver = false
        var lastedTooLong = false
    }

    private let component: ComponentPlan
    private let catalog: CatalogDatabase
    private let state: Monitor<State>
    private let timer = WorkerThreads()

    /// Freezes. When the command fails, what it may have frozen is thawed again, and `hook-failed` thrown.
    init(_ component: ComponentPlan, catalog: CatalogDatabase, clock: WallClock) throws {
        (self.component, self.catalog) = (component, catalog)
        try catalog.noteFrozen(component.name, thaw: component.hooks.thaw, at: clock.now())
        let (end, process) = try Self.startGuard(component.hooks.thaw)
        state = Monitor(State(guardEnd: end, guardProcess: process))
        do {
            if !component.hooks.freeze.isEmpty {
                try HookCommand(words: component.hooks.freeze, timeout: component.hooks.timeout).run(as: "freeze")
            }
        } catch {
            try? thaw()
            throw error
        }
        startTimer()
    }

    /// Runs the thaw command when its standard input ends without the word that it was done. A shell only waits; the command's words reach
    /// it as they are.
    private static func startGuard(_ words: [String]) throws -> (end: Int32, process: pid_t) {
        do {
            let (ours, theirs) = try ProgramLaunch.channel()
            defer { close(theirs) }
            let nothing = open("/dev/null", O_WRONLY | O_CLOEXEC)
            defer { close(nothing) }
            let waits =
                "trap '' INT TERM HUP; read -r word; [ \"$word\" = thawed ] || { trap - INT TERM HUP; exec \"$@\"; }"
            let child = try ProgramLaunch.start(
                ["/bin/sh", "-c", waits, "thaw-guard"] + (words.isEmpty ? ["true"] : words), [theirs, nothing, nothing])
            return (ours, child)
        } catch let failed as ProgramLaunch.Failed {
            throw Failure(
                .hookFailed, "Nothing was frozen, because the guard of the thaw cannot be started: \(failed.reason).",
                advice: "Check that /bin/sh is there and that this user may start processes.")
        }
    }

    private func startTimer() {
        let milliseconds = Int(clamping: component.hooks.longestFreeze.components.seconds).multipliedReportingOverflow(
            by: 1000)
        let wait = milliseconds.overflow ? Int.max >> 1 : milliseconds.partialValue
        timer.start { [self] in
            guard !state.wait(milliseconds: wait, { $0.isOver }) else { return }
            state.update { state in
                guard !state.isOver else { return }
                (state.isOver, state.lastedTooLong) = (true, true)
                // The guard thaws.
                close(state.guardEnd)
                state.guardEnd = -1
            }
        }
    }

    /// Thaws, once. Throws `hook-failed` when the command fails, or when the component had to be thawed before everything was read.
    func thaw() throws {
        let isOurs = state.update { state in
            defer { state.isOver = true }
            return !state.isOver
        }
        timer.joinAll()
        guard isOurs else { return try endGuard(saying: nil) }
        defer { try? endGuard(saying: "thawed\n") }
        guard !component.hooks.thaw.isEmpty else { return try catalog.noteThawed(component.name) }
        try HookCommand(words: component.hooks.thaw, timeout: component.hooks.timeout).run(as: "thaw")
        try catalog.noteThawed(component.name)
    }

    private func endGuard(saying word: String?) throws {
        let (process, lastedTooLong) = state.withLock { state in
            if state.guardEnd >= 0 {
                if let word { _ = send(state.guardEnd, word, word.utf8.count, Int32(MSG_NOSIGNAL)) }
                close(state.guardEnd)
                state.guardEnd = -1
            }
            return (state.guardProcess, state.lastedTooLong)
        }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        guard lastedTooLong else { return }
        if status == 0 { try catalog.noteThawed(component.name) }
        throw Failure(
            .hookFailed,
            "'\(component.name)' was thawed after \(component.hooks.longestFreeze), before everything was read: the snapshot is of no single moment.",
            advice:
                "Give the freeze more time, or make what is read under it smaller: a dump, or a snapshot of the volume."
        )
    }
}

/// What a program that was killed left frozen.
package enum Thaw {
    /// Runs the thaw command of each. It may have been run by the guard already: thawing twice must do no harm. Returns what failed.
    package static func leftovers(_ catalog: CatalogDatabase) throws -> [(component: String, failure: Failure)] {
        var failures: [(component: String, failure: Failure)] = []
        for (component, words) in try catalog.frozen() {
            do {
                if !words.isEmpty { try HookCommand(words: words, timeout: .seconds(60)).run(as: "thaw") }
                try catalog.noteThawed(component)
            } catch let failure as Failure {
                failures.append((component, failure))
            }
        }
        return failures
    }
}
