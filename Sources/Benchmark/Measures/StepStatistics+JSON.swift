import SfumatoBackend
import SfumatoJSON

extension JSONObject {
  /// What a run asks of a device; null where a backend does not count.
  init(counts: StepStatistics?) {
    self = [
      "dispatches": counts.map { .integer($0.dispatches) } ?? .null,
      "barriers": counts.map { .integer($0.barriers) } ?? .null,
      "bytes_read": counts.map { .integer($0.traffic.read) } ?? .null,
      "bytes_written": counts.map { .integer($0.traffic.written) } ?? .null,
    ]
  }
}
