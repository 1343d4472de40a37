import Glibc
import Primitives
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(30))) struct WorkerThreadsTests {
    @Test func everyBodyHasRunWhenJoinReturns() {
        let threads = WorkerThreads()
        let sum = Mutex(0)
        for i in 1...50 { threads.start { sum.withLock { $0 += i } } }
        threads.joinAll()
        #expect(sum.withLock { $0 } == 1275)
        threads.joinAll()
        threads.start { sum.withLock { $0 = 0 } }
        threads.joinAll()
        #expect(sum.withLock { $0 } == 0)
    }

    @Test func processorsAreThoseThisProcessMayUse() {
        let threads = WorkerThreads()
        let counts = Mutex<[Int]>([])
        threads.start {
            // A thread of its own, so that the narrowing ends with it. Swift's Glibc lacks the call.
            typealias SetAffinity = @convention(c) (pid_t, Int, UnsafePointer<UInt64>) -> CInt
            guard let symbol = dlsym(nil, "sched_setaffinity") else { return }
            let setAffinity = unsafeBitCast(symbol, to: SetAffinity.self)
            for processor in 0..<64 where setAffinity(0, 8, [1 << UInt64(processor)]) == 0 { break }
            counts.withLock { $0.append(WorkerThreads.processorCount) }
        }
        threads.joinAll()
        #expect(counts.withLock { $0 } == [1])
        #expect(WorkerThreads.processorCount >= 1)
    }

    @Test func monitorWakesThoseWhoWait() {
        let monitor = Monitor(0)
        let threads = WorkerThreads()
        let seen = Mutex<[Int]>([])
        for target in 1...5 {
            threads.start {
                let value = monitor.wait { $0 >= target ? $0 : nil }
                seen.withLock { $0.append(value) }
            }
        }
        for _ in 1...5 { monitor.update { $0 += 1 } }
        threads.joinAll()
        #expect(seen.withLock { $0.count } == 5)
        #expect(monitor.withLock { $0 } == 5)
    }

    @Test func monitorUnlocksWhenABodyThrows() {
        struct Stop: Error {}
        let monitor = Monitor(1)
        #expect(throws: Stop.self) { try monitor.withLock { _ in throw Stop() } }
        #expect(throws: Stop.self) { try monitor.update { _ in throw Stop() } }
        #expect(throws: Stop.self) { try monitor.wait { (_) -> Int? in throw Stop() } }
        #expect(throws: Stop.self) { try monitor.waitAndUpdate { (_) -> Int? in throw Stop() } }
        #expect(monitor.withLock { $0 } == 1)
    }
}

@Suite(.timeLimit(.minutes(30))) struct BoundedQueueTests {
    @Test(arguments: [1, 2, 7])
    func everyElementComesOutOnceAndInOrder(capacity: Int) {
        let queue = BoundedQueue<(producer: Int, number: Int)>(capacity: capacity)
        let producers = WorkerThreads()
        let consumers = WorkerThreads()
        let taken = Mutex<[[(producer: Int, number: Int)]]>([])
        for producer in 0..<4 {
            producers.start { for number in 0..<500 { queue.push((producer, number)) } }
        }
        for _ in 0..<3 {
            consumers.start {
                var mine: [(producer: Int, number: Int)] = []
                while let element = queue.pop() { mine.append(element) }
                taken.withLock { $0.append(mine) }
            }
        }
        producers.joinAll()
        queue.close()
        consumers.joinAll()
        let lists = taken.withLock { $0 }
        for list in lists {
            for producer in 0..<4 {
                let numbers = list.filter { $0.producer == producer }.map(\.number)
                #expect(numbers == numbers.sorted())
            }
        }
        #expect(Set(lists.joined().map { $0.producer * 500 + $0.number }) == Set(0..<2_000))
        #expect(lists.joined().count == 2_000)
    }

    @Test func holdsNoMoreThanItsCapacity() {
        let queue = BoundedQueue<Int>(capacity: 3)
        let pushed = Monitor(0)
        let threads = WorkerThreads()
        threads.start { for i in 0..<10 where queue.push(i) { pushed.update { $0 += 1 } } }
        pushed.wait { $0 == 3 ? () : nil }
        usleep(20_000)
        #expect(pushed.withLock { $0 } == 3)
        #expect((0..<10).map { _ in queue.pop() } == Array(0..<10))
        threads.joinAll()
    }

    @Test func closingReleasesBothSidesAndKeepsWhatIsInside() {
        let queue = BoundedQueue<Int>(capacity: 1)
        let results = Mutex<[Bool]>([])
        let threads = WorkerThreads()
        #expect(queue.push(1))
        threads.start {
            let taken = queue.push(2)
            results.withLock { $0.append(taken) }
        }
        usleep(20_000)
        queue.close()
        threads.joinAll()
        #expect(results.withLock { $0 } == [false])
        #expect(!queue.push(3))
        #expect(queue.pop() == 1)
        #expect(queue.pop() == nil)
        #expect(queue.pop() == nil)

        let empty = BoundedQueue<Int>(capacity: 1)
        threads.start {
            let nothing = empty.pop() == nil
            results.withLock { $0.append(nothing) }
        }
        usleep(20_000)
        empty.close()
        threads.joinAll()
        #expect(results.withLock { $0 } == [false, true])
    }
}
