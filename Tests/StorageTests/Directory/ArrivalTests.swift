import CLinux
import Glibc
import Primitives
import Storage
import TestSupport
import Testing

@Suite("When an object arrived in a directory") struct ArrivalTests {
    @Test("is told by the store's clock, and is not what its file's owner says") func arrival() throws {
        let folder = try TemporaryFolder()
        let store = try DirectoryStore.create(at: folder.path + "/repository")
        let name = ObjectName("snapshots/one")
        let before = WallClock.system.now().nanoseconds - 1_000_000_000
        #expect(try store.put([1, 2, 3], as: name, .immediate) == .created)
        // Ten years back.
        #expect(sh_utimes(AT_FDCWD, folder.path + "/repository/snapshots/one", 1_400_000_000, 0) == 0)
        let arrival = try #require(try store.arrival(of: name))
        #expect(arrival.nanoseconds > before && arrival.nanoseconds < before + 3_600_000_000_000)
        #expect(try store.arrival(of: ObjectName("snapshots/none")) == nil)
        #expect(try store.arrival(of: ObjectName("snapshots/one/below")) == nil)
    }
}
