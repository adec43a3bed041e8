import SfumatoBackend
import SfumatoJSON

extension StepProfile {
  /// This run in the Trace Event Format that chrome://tracing and Perfetto read: a complete event (`"ph": "X"`) for each
  /// kernel in the first lane, and for each worker's share of it in a lane of the worker's. Times are microseconds.
  ///
  /// - Parameter title: what the run is called.
  public func trace(title: String) -> JSONValue {
    let workers = Set(kernels.flatMap { $0.spans.map(\.worker) }).sorted()
    var events: [JSONValue] = [Self.label("process_name", 0, title), Self.label("thread_name", 0, "kernels")]
    events += workers.map { Self.label("thread_name", 1 + $0, "worker \($0)") }
    for kernel in kernels {
      events.append(Self.event(kernel, lane: 0, begin: kernel.begin, seconds: kernel.wall))
      events += kernel.spans.map {
        Self.event(kernel, lane: 1 + $0.worker, begin: $0.begin, seconds: $0.seconds)
      }
    }
    return ["traceEvents": .array(events), "displayTimeUnit": "ms"]
  }

  private static func event(_ kernel: Kernel, lane: Int, begin: Double, seconds: Double) -> JSONValue {
    var details: JSONObject = [
      "node": .string(kernel.node), "multiply_adds": .integer(kernel.multiplyAdds),
    ]
    if !kernel.reports.isEmpty { details["pipelines"] = KernelReport.json(kernel.reports) }
    let name = kernel.method.isEmpty ? kernel.operation : kernel.operation + " " + kernel.method
    return [
      "name": .string(name), "cat": .string(kernel.operation), "ph": "X", "ts": .number(begin * 1e6),
      "dur": .number(seconds * 1e6), "pid": 0, "tid": .integer(lane),
      "args": .object(details),
    ]
  }

  private static func label(_ kind: String, _ lane: Int, _ text: String) -> JSONValue {
    [
      "name": .string(kind), "ph": "M", "pid": 0, "tid": .integer(lane), "args": ["name": .string(text)],
    ]
  }
}
