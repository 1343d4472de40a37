import Glibc
import Testing

/// Asks again and again until `isSo`, and no more after that. What is not so after three minutes will not be.
func waitUntil(
    _ what: @autoclosure () -> Comment, _ location: SourceLocation = #_sourceLocation, _ isSo: () throws -> Bool
) throws {
    let began = ContinuousClock().now
    while try !isSo() {
        try #require(ContinuousClock().now - began < .seconds(180), what(), sourceLocation: location)
        usleep(20_000)
    }
}
