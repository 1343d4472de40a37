@testable import Capture
import Testing

@Suite struct MountTableTests {
    private let table = MountTable(
        lines: Array(
            """
            21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
            22 21 0:5 / /proc rw - proc proc rw
            30 21 0:50 / /mnt/with\\040blank rw master:2 shared:9 - nfs4 server:/export rw,vers=4.2
            31 21 0:51 / /mnt/ssh rw - fuse.sshfs me@host: rw
            32 21 0:52 / /mnt/stick rw - fuseblk /dev/sdb1 rw
            33 21 0:53 / /mnt rw - tmpfs tmpfs rw
            34 33 0:54 / /mnt/stick rw - cifs //server/share rw
            broken line
            """.utf8))

    @Test("Each mount has its place and kind") func kinds() {
        #expect(table.mounts.map(\.id) == [21, 22, 30, 31, 32, 33, 34])
        #expect(table.mount(id: 30)?.point == Array("/mnt/with blank".utf8))
        #expect(
            table.mounts.map(\.kind) == [
                .local, .pseudo, .network("NFS"), .network("FUSE (sshfs)"), .local, .local, .network("SMB"),
            ])
    }

    @Test("Below a directory is what is mounted there, the last one where there are several") func below() {
        let found = table.mounts(below: Array("/mnt".utf8))
        #expect(
            found.map { String(decoding: $0.point, as: UTF8.self) } == ["/mnt/with blank", "/mnt/ssh", "/mnt/stick"])
        #expect(found.last?.kind == .network("SMB"))
        #expect(table.mounts(below: Array("/mn".utf8)).isEmpty)
        #expect(table.mounts(below: Array("/".utf8)).count == 5)
    }

    @Test("What this machine has mounted is read") func thisMachine() {
        #expect(MountTable.now().mounts.contains { $0.point == Array("/".utf8) })
    }

    @Test("An overlay on local layers is local") func overlay() {
        #expect(FileSystemKind(type: "overlay", options: Array("rw,lowerdir=/tmp:/usr,upperdir=/tmp".utf8)) == .local)
    }
}
