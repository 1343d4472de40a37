import Operations
import Primitives

extension Output {
    /// The one place that shows an error, as text or as a line of JSON. Returns the exit status.
    func failure(_ failure: Failure, status: Int32? = nil) -> Int32 {
        let status = status ?? failure.code.class.exitStatus
        live("")
        if json {
            record("error") { $0.set(failure, status: status) }
        } else {
            message("safehold: " + Text.clipped(failure.message))
            if !failure.advice.isEmpty { message("  " + failure.advice) }
        }
        flush()
        return status
    }

    func warning(_ text: String) {
        if json {
            record("warning") { $0.set("message", text) }
        } else {
            message("safehold: warning: " + text)
        }
    }

    /// Something is wrong with the repository, yet the command goes on with the rest.
    func found(_ failure: Failure, severity: String = "damage") {
        if json {
            record("finding") { object in
                object.set("severity", severity)
                object.set("code", failure.code.rawValue)
                object.set("message", failure.message)
                object.set("advice", failure.advice)
            }
        } else {
            message("safehold: \(failure.code.rawValue): \(failure.message)")
            if verbose || severity != "damage" { message("  " + failure.advice) }
        }
    }

    func problem(_ problem: EntryProblem, of operation: String) {
        if json {
            record("entry-problem") { object in
                object.set("operation", operation)
                object.set("path", path: problem.path)
                object.set("problem", problem.kind.rawValue)
                object.set("reason", problem.reason)
            }
        } else {
            message("\(problem.kind.rawValue): \(Text.printable(problem.path)): \(problem.reason)")
        }
    }
}

extension JSONObject {
    mutating func set(_ failure: Failure, status: Int32? = nil) {
        set("code", failure.code.rawValue)
        set("class", failure.code.class.rawValue)
        set("exit_status", UInt64(status ?? failure.code.class.exitStatus))
        set("message", failure.message)
        set("advice", failure.advice)
    }
}
