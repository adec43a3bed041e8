import CVulkan
import Dispatch
import Synchronization

/// Pipelines compiled by all of the host's cores.
extension PipelineStore {
  /// Compiles those of the kernels that are not there yet, so many at once. Drivers compile one pipeline on one thread, and allow
  /// several threads to do so with one cache.
  ///
  /// - Throws: the error of the first kernel, in their order, that could not be compiled; what was compiled beside it stays.
  func prepare(_ kernels: [Kernel], threads: Int) throws(VulkanError) {
    var seen: Set<Kernel> = []
    let missing = kernels.filter { !has($0) && seen.insert($0).inserted }
    // Layouts are few and shared; modules and pipelines are a thread's own.
    let layouts = try missing.map { kernel throws(VulkanError) in try layout(bindings: kernel.bindings) }
    let next = Atomic(0)
    let results = Mutex<[Int: Result<Pipeline, VulkanError>]>([:])
    // Nothing of it changes until all threads are done.
    nonisolated(unsafe) let store = self
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, missing.count))) { _ in
      while true {
        let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard number < missing.count else { return }
        let result = Result { () throws(VulkanError) in try store.compile(missing[number], layouts[number]) }
        results.withLock { $0[number] = result }
        if case .failure = result { return }
      }
    }
    let done = results.withLock { $0 }.sorted { $0.key < $1.key }
    for (number, result) in done {
      if case .success(let pipeline) = result { keep(pipeline, of: missing[number]) }
    }
    for (_, result) in done { _ = try result.get() }
  }
}
