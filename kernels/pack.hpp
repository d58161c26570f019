// Copies the kept pieces of a chunk behind each other: as byte tokens, or as they are.
//
//   Units    keep: one flag per piece, 0 drops it. Output elements: tokens of 16 bits, or bytes.
//   Owner    the caller knows the output's size: for gather the sum of the kept pieces' lengths,
//            for tokens one more for each kept piece that ends its document. It is below 2^32.
//   Streams  enqueued on the launch's stream, with pack_workspace_bytes(pieces.size()) of
//            workspace.
//   Errors   misuse when `keep` is not one flag per piece or the workspace is too small. An output
//            that is not of the size above is internal_error where the host runs the work; on a
//            device what does not fit is left out.

#pragma once

#include <cstddef>
#include <cstdint>

#include <sluice/cuda/launch.hpp>
#include <sluice/kernels/text.hpp>

namespace sluice {

inline constexpr std::uint16_t end_of_document_token = 256;

std::size_t pack_workspace_bytes(std::size_t pieces) noexcept;

// Token i is the byte's value; after the last byte of a document comes end_of_document_token.
void tokenise_bytes(launch to, in<std::uint8_t> text, in<piece> pieces, in<std::uint8_t> keep,
                    out<std::uint16_t> tokens);

void gather_pieces(launch to, in<std::uint8_t> text, in<piece> pieces, in<std::uint8_t> keep,
                   out<std::uint8_t> packed);

}  // namespace sluice
