#include <sluice/cuda/detail/sim_queue.hpp>

#include <algorithm>
#include <cstring>

#include <sluice/cuda/detail/trace_writer.hpp>

namespace sluice::detail {

namespace {

void* bytes_at(std::uintptr_t value) noexcept {
  return reinterpret_cast<void*>(value);
}

}  // namespace

sim_kernel::sim_kernel(kernel_call const& call)
    : name(call.name),
      host(call.host),
      arguments((call.argument_bytes + sizeof(std::max_align_t) - 1) / sizeof(std::max_align_t)),
      accesses(call.accesses.begin(), call.accesses.end()),
      view_bytes(detail::view_bytes(call)) {
  if (call.argument_bytes != 0) std::memcpy(arguments.data(), call.arguments, call.argument_bytes);
  run.workspace = static_cast<std::byte*>(bytes_at(call.workspace.value()));
  run.workspace_bytes = call.workspace_bytes;
}

std::string sim_operation::name() const {
  auto const* const kernel = std::get_if<sim_kernel>(&what);
  return kernel != nullptr ? "kernel '" + kernel->name + "'" : "copy";
}

bool sim_operation::touches(byte_range range) const noexcept {
  if (auto const* const copy = std::get_if<sim_copy>(&what))
    return copy->to.overlaps(range) || (copy->read_at_call.empty() && copy->from.overlaps(range));
  if (auto const* const kernel = std::get_if<sim_kernel>(&what))
    return std::ranges::any_of(kernel->accesses, [&](access const& each) {
      return byte_range::of(each.begin, each.bytes).overlaps(range);
    });
  return false;
}

std::vector<byte_range> sim_operation::ranges() const {
  std::vector<byte_range> touched;
  if (auto const* const copy = std::get_if<sim_copy>(&what)) {
    touched = {copy->to, copy->from};
  } else if (auto const* const kernel = std::get_if<sim_kernel>(&what)) {
    for (access const& each : kernel->accesses)
      touched.push_back(byte_range::of(each.begin, each.bytes));
  }
  return touched;
}

void sim_operation::run() const {
  if (auto const* const kernel = std::get_if<sim_kernel>(&what)) {
    kernel->host(kernel->arguments.data(), kernel->run);
  } else if (auto const* const copy = std::get_if<sim_copy>(&what)) {
    void const* const from =
        copy->read_at_call.empty() ? bytes_at(copy->from.begin) : copy->read_at_call.data();
    std::memmove(bytes_at(copy->to.begin), from, copy->to.size());
  }
}

trace_record sim_operation::describe() const {
  trace_record record;
  record.enqueue_tick = enqueue_tick;
  if (auto const* const kernel = std::get_if<sim_kernel>(&what)) {
    record.kind = trace_kind::kernel;
    record.name = kernel->name;
    record.bytes = kernel->view_bytes;
  } else if (auto const* const copy = std::get_if<sim_copy>(&what)) {
    record.kind = trace_kind::copy;
    record.name = name_of(copy->direction);
    record.bytes = copy->to.size();
  } else if (auto const* const wait = std::get_if<sim_wait>(&what)) {
    record.kind = trace_kind::stream_wait;
    record.name = name_of(wait->reason);
  } else {
    record.kind = trace_kind::event_record;
    record.name = "record";
  }
  return record;
}

bool sim_stream::can_run() const noexcept {
  if (busy || hangs || queue.empty()) return false;
  auto const* const wait = std::get_if<sim_wait>(&queue.front().what);
  return wait == nullptr || wait->record->done;
}

}  // namespace sluice::detail
