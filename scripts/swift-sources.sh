# Sourced: the Swift sources that are ours, as arguments for swift format.
swift_sources=(Package.swift Sources Tests)
[ ! -e Benchmarks/Package.swift ] || swift_sources+=(Benchmarks/Package.swift)
for folder in Benchmarks/IndexScale Benchmarks/CensusScale Benchmarks/LogScale Benchmarks/Watch Benchmarks/Benchmarks; do
    [ ! -d "$folder" ] || swift_sources+=("$folder")
done
