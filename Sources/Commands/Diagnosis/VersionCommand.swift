import ArgumentParser
import Operations
import Primitives

struct VersionCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Show the version of the program and of the format that it writes.")

    @OptionGroup var outputOptions: OutputOptions

    var isForAnybody: Bool { true }

    func run(_ session: Session) throws -> Outcome {
        if session.output.json {
            session.output.record("text") { object in
                object.set("version", Program.version)
                object.set("format", UInt64(Build.format))
                object.set("swift", Build.swift)
                object.set("libraries", Build.libraries)
            }
        } else {
            session.output.line(
                "\(Program.software), repository format \(Build.format), Swift \(Build.swift), \(Build.libraries.joined(separator: ", "))"
            )
        }
        return .done
    }
}
