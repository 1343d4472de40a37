import CLinux
import Glibc

/// What is mounted where, as /proc/self/mountinfo has it. Empty where there is none: then everything counts as local.
struct MountTable {
    struct Mount: Equatable {
        var id: Int64
        /// Where it is seen, absolute.
        var point: [UInt8]
        var kind: FileSystemKind
    }

    static let path = "/proc/self/mountinfo"
    private(set) var mounts: [Mount] = []

    init(lines: [UInt8]) {
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            if let mount = Self.mount(line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)) {
                mounts.append(mount)
            }
        }
    }

    static func now() -> MountTable { MountTable(lines: contents()) }

    func mount(id: Int64) -> Mount? { mounts.first { $0.id == id } }

    /// What is mounted below a directory, not at it. Of several at one place only the last one is seen.
    func mounts(below directory: [UInt8]) -> [Mount] {
        var found: [Mount] = []
        for mount in mounts where PathBytes.relative(mount.point, to: directory)?.isEmpty == false {
            found.removeAll { $0.point == mount.point }
            found.append(mount)
        }
        return found
    }

    /// proc(5): id, parent, device, root, point, options, optional fields, "-", type, source, options of the file system.
    private static func mount(_ fields: [ArraySlice<UInt8>]) -> Mount? {
        guard fields.count > 9, let dash = fields.dropFirst(6).firstIndex(of: [UInt8(ascii: "-")][...]),
            dash + 1 < fields.count, let id = Int64(String(decoding: fields[0], as: UTF8.self))
        else { return nil }
        let type = String(decoding: fields[dash + 1], as: UTF8.self)
        let options = dash + 3 < fields.count ? unescaped(fields[dash + 3]) : []
        return Mount(id: id, point: unescaped(fields[4]), kind: FileSystemKind(type: type, options: options))
    }

    /// Blanks and the like stand there as a backslash with three octal digits.
    private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
        guard field.contains(.backslash) else { return Array(field) }
        var (result, rest): ([UInt8], ArraySlice<UInt8>) = ([], field)
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == .backslash, digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                result.append(value)
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
            }
        }
        return result
    }

    private static func contents() -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var (bytes, buffer): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 64 << 10))
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}

/// What a file system's type says of how its changes come to be known.
enum FileSystemKind: Equatable {
    case local
    /// Others may write what the kernel here does not see. The name is for people.
    case network(String)
    /// The kernel's own, such as /proc: it tells of nothing and changes all the time.
    case pseudo

    private static let networks: [String: String] = [
        "nfs": "NFS", "nfs4": "NFS", "cifs": "SMB", "smb3": "SMB", "smbfs": "SMB", "9p": "9p", "afs": "AFS",
        "coda": "Coda", "ceph": "Ceph", "lustre": "Lustre", "gfs2": "GFS2", "ocfs2": "OCFS2", "gpfs": "GPFS",
        "beegfs": "BeeGFS", "glusterfs": "GlusterFS", "orangefs": "OrangeFS", "virtiofs": "virtiofs",
        "vboxsf": "VirtualBox's shared folder", "vmhgfs": "VMware's shared folder",
        "prl_fs": "Parallels' shared folder",
    ]
    private static let kernels: Set<String> = [
        "proc", "sysfs", "cgroup", "cgroup2", "devpts", "debugfs", "tracefs", "securityfs", "pstore", "bpf", "mqueue",
        "hugetlbfs", "configfs", "binfmt_misc", "fusectl", "efivarfs", "selinuxfs", "rpc_pipefs", "nsfs", "autofs",
    ]

    init(type: String, options: [UInt8]) {
        if let name = Self.networks[type] {
            self = .network(name)
        } else if Self.kernels.contains(type) {
            self = .pseudo
        } else if type == "fuse" || type.hasPrefix("fuse.") {
            // What a program shows may change by itself; fuseblk is a disk.
            let program = type.dropFirst(5)
            self = .network(program.isEmpty ? "FUSE" : "FUSE (\(program))")
        } else if type == "overlay", let below = Self.networkBelow(options) {
            self = .network("an overlay on \(below)")
        } else {
            self = .local
        }
    }

    /// The network file system on which a layer of an overlay lies, as far as it can be seen from here.
    private static func networkBelow(_ options: [UInt8]) -> String? {
        for option in options.split(separator: UInt8(ascii: ",")) {
            let parts = option.split(separator: UInt8(ascii: "="), maxSplits: 1)
            guard parts.count == 2, ["lowerdir", "upperdir"].contains(String(decoding: parts[0], as: UTF8.self)) else {
                continue
            }
            for layer in parts[1].split(separator: UInt8(ascii: ":")) where layer.first == .slash {
                if let name = PathBytes.withPointer(Array(layer), networkName) { return name }
            }
        }
        return nil
    }

    /// By the number that statfs(2) gives: the layers of an overlay need not be mounted where we see them.
    private static func networkName(_ path: UnsafePointer<CChar>) -> String? {
        switch sh_file_system_type(path) {
        case 0x6969: "NFS"
        case 0x517B, 0xFE53_4D42, 0xFF53_4D42: "SMB"
        case 0x0102_1997: "9p"
        case 0x5346_414F, 0x6B41_4653: "AFS"
        case 0x00C3_6400: "Ceph"
        case 0x0BD0_0BD0: "Lustre"
        case 0x6573_5546: "FUSE"
        default: nil
        }
    }
}
