import Assembly
import Glibc

@main struct Main {
    static func main() { exit(Launch.run()) }
}
