import RepositoryEngine
import Sealing

/// What the program was made of.
package enum Build {
    package static var format: Int { FormatFile.version }
    package static var libraries: [String] { ["libzstd \(Compressor.libraryVersion)"] }

    package static var swift: String {
        #if swift(>=6.4)
            "6.4 or newer"
        #elseif swift(>=6.3)
            "6.3"
        #else
            "6"
        #endif
    }
}
