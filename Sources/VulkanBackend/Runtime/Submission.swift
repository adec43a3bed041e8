import CVulkan

extension Queue {
  /// Hands a command buffer to the queue.
  ///
  /// - Parameters:
  ///   - point: what kernels and copies of it wait for.
  ///   - signal: what it signals when it is over.
  ///   - fence: is signalled when it and everything before it is over.
  func submit(
    _ buffer: CommandBuffer, _ functions: DeviceFunctions, after point: Timeline.Point? = nil,
    signal: Timeline.Point? = nil, fence: VkFence?
  ) throws(VulkanError) {
    let stages: [VkPipelineStageFlags] = [
      VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT.rawValue | VK_PIPELINE_STAGE_TRANSFER_BIT.rawValue
    ]
    let waits: [VkSemaphore?] = point.map { [$0.timeline.handle] } ?? []
    let signals: [VkSemaphore?] = signal.map { [$0.timeline.handle] } ?? []
    let waitValues = point.map { [$0.value] } ?? [], signalValues = signal.map { [$0.value] } ?? []
    let result = waits.withUnsafeBufferPointer { waits in
      signals.withUnsafeBufferPointer { signals in
        waitValues.withUnsafeBufferPointer { waitValues in
          signalValues.withUnsafeBufferPointer { signalValues in
            stages.withUnsafeBufferPointer { stages in
              withUnsafePointer(to: Optional(buffer.handle)) { commands in
                var values = VkTimelineSemaphoreSubmitInfo()
                values.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO
                values.waitSemaphoreValueCount = UInt32(waitValues.count)
                values.pWaitSemaphoreValues = waitValues.baseAddress
                values.signalSemaphoreValueCount = UInt32(signalValues.count)
                values.pSignalSemaphoreValues = signalValues.baseAddress
                return withUnsafePointer(to: &values) { values in
                  var info = VkSubmitInfo()
                  info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO
                  info.pNext = UnsafeRawPointer(values)
                  info.waitSemaphoreCount = UInt32(waits.count)
                  info.pWaitSemaphores = waits.baseAddress
                  info.pWaitDstStageMask = stages.baseAddress
                  info.commandBufferCount = 1
                  info.pCommandBuffers = commands
                  info.signalSemaphoreCount = UInt32(signals.count)
                  info.pSignalSemaphores = signals.baseAddress
                  return functions.queueSubmit(handle, 1, &info, fence)
                }
              }
            }
          }
        }
      }
    }
    try check(result, "vkQueueSubmit")
  }
}
