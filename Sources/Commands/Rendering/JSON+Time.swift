import Primitives

extension JSONObject {
    mutating func set(_ name: String, _ time: Timestamp) { set(name, Text.preciseTime(time)) }
}
