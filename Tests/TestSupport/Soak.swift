import Foundation

/// Long tests run in full with SAFEHOLD_SOAK=1 (`make soak`), reduced otherwise.
package enum Soak {
    package static let isOn = ProcessInfo.processInfo.environment["SAFEHOLD_SOAK"] == "1"
    package static func count(_ reduced: Int, full: Int) -> Int { isOn ? full : reduced }
}
