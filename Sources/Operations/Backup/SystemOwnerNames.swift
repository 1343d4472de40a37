import Glibc
import RepositoryEngine

/// Names of users and groups as the host's name service has them, each asked for once.
final class SystemOwnerNames: OwnerNames {
    private var users: [UInt32: String?] = [:]
    private var groups: [UInt32: String?] = [:]

    func name(isGroup: Bool, _ id: UInt32) -> String? {
        if let known = isGroup ? groups[id] : users[id] { return known }
        let name =
            isGroup
            ? getgrgid(id).map { String(cString: $0.pointee.gr_name) }
            : getpwuid(id).map { String(cString: $0.pointee.pw_name) }
        if isGroup { groups[id] = .some(name) } else { users[id] = .some(name) }
        return name
    }
}
