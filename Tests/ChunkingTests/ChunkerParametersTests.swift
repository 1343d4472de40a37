import Chunking
import Testing

@Suite struct ChunkerParametersTests {
    @Test func theTextComesBack() {
        let standard = ChunkerParameters.standard
        #expect(standard.description == "gear64-v1 min=65536 avg=262144 max=2097152")
        for parameters in [standard, ChunkerParameters(minimum: 4096, average: 8192, maximum: 16 << 20)] {
            #expect(ChunkerParameters(description: parameters.description) == parameters)
        }
    }

    @Test(arguments: [
        "", "gear64-v1", "gear64-v2 min=65536 avg=262144 max=2097152", "gear64-v1 min=65536 avg=262144",
        "gear64-v1 min=65536 avg=262144 max=2097152 more=1", "gear64-v1 avg=262144 min=65536 max=2097152",
        "gear64-v1 min=4095 avg=262144 max=2097152", "gear64-v1 min=262144 avg=262144 max=2097152",
        "gear64-v1 min=65536 avg=262144 max=262144", "gear64-v1 min=65536 avg=262144 max=16777217",
        "gear64-v1 min=65536 avg=262145 max=2097152", "gear64-v1 min=-65536 avg=262144 max=2097152",
        "gear64-v1 min=65536 avg=x max=2097152", "gear64-v1 min=65536 avg=262144 max=99999999999999999999",
        "gear64-v1  min=65536 avg=262144 max=2097152", " gear64-v1 min=65536 avg=262144 max=2097152",
        "gear64-v1 min=+65536 avg=262144 max=2097152", "gear64-v1 min=065536 avg=262144 max=2097152",
    ])
    func otherTextIsRefused(text: String) {
        #expect(ChunkerParameters(description: text) == nil)
    }
}
