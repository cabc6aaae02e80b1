// SPDX-License-Identifier: Apache-2.0
#include "adapters/crypto/argon2_passwords.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <sys/mman.h>

#include <array>

#include "base/base64.h"
#include "base/text.h"

namespace gthulhu {

// What the stored text says; `key` is the hash itself.
struct Argon2Passwords::Parameters {
  std::uint32_t memory_kib = 16'384;
  std::uint32_t passes = 3;
  std::uint32_t lanes = 2;
  std::string salt = {};
  std::string key = std::string(32, '\0');
};

namespace {

constexpr int most_at_once = 2;
constexpr std::uint32_t most_memory_kib = 64 * 1024;
constexpr std::uint32_t most_passes = 10;
constexpr std::uint32_t most_lanes = 16;
constexpr std::size_t most_salt_or_key = 64;
constexpr std::size_t least_salt = 8;  // RFC 9106 3.1
constexpr std::size_t least_key = 16;  // less could be guessed
constexpr std::size_t longest_password = 4096;
constexpr std::string_view prefix = "$argon2id$v=19$";

// Pages of their own: malloc would keep 16 MiB for the process's whole life. Large ones where the
// kernel has them: a fifth of a hash's time would go into faults for 4,096 small pages.
int map_memory(std::uint8_t** memory, std::size_t bytes) {
  void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *memory = pages == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(pages);
  if (pages != MAP_FAILED) (void)::madvise(pages, bytes, MADV_HUGEPAGE);  // only a wish
  return pages == MAP_FAILED ? ARGON2_MEMORY_ALLOCATION_ERROR : ARGON2_OK;
}

void unmap_memory(std::uint8_t* memory, std::size_t bytes) {
  ::munmap(memory, bytes);
}

std::uint8_t* bytes_of(std::string& text) {
  return reinterpret_cast<std::uint8_t*>(text.data());
}

Error no_hash(std::string detail) {
  return Error{Errc::corrupt, "the stored password cannot be read", std::move(detail)};
}

// "m=16384" with 'm'.
std::optional<std::uint32_t> parameter(std::string_view text, char name) {
  if (!text.starts_with(name) || text.size() < 2 || text[1] != '=') return std::nullopt;
  return parse_number<std::uint32_t>(text.substr(2));
}

}  // namespace

// One of the places for a running hash, from construction to destruction.
class Argon2Passwords::Turn {
 public:
  explicit Turn(Argon2Passwords& owner) : owner_(owner) {
    const MutexLock lock(owner_.mutex_);
    while (owner_.running_ == most_at_once) owner_.turn_free_.wait(owner_.mutex_);
    ++owner_.running_;
  }
  ~Turn() {
    {
      const MutexLock lock(owner_.mutex_);
      --owner_.running_;
    }
    owner_.turn_free_.notify_one();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Argon2Passwords& owner_;
};

Result<Argon2Passwords::Parameters> Argon2Passwords::parse(std::string_view stored) {
  if (!stored.starts_with(prefix)) return no_hash("not Argon2id version 19");
  const auto parts = split(stored.substr(prefix.size()), '$');
  const auto costs = split(parts.front(), ',');
  if (parts.size() != 3 || costs.size() != 3) return no_hash("wrong number of parts");

  const auto memory = parameter(costs[0], 'm');
  const auto passes = parameter(costs[1], 't');
  const auto lanes = parameter(costs[2], 'p');
  if (!memory || !passes || !lanes) return no_hash("unknown parameters");
  // Argon2 itself wants 8 KiB for each lane.
  if (*passes < 1 || *passes > most_passes || *lanes < 1 || *lanes > most_lanes ||
      *memory < 8 * *lanes || *memory > most_memory_kib) {
    return no_hash("parameters out of bounds");
  }
  constexpr std::size_t longest_text = most_salt_or_key * 4 / 3 + 1;
  if (parts[1].size() > longest_text || parts[2].size() > longest_text) {
    return no_hash("salt or hash too long");
  }
  auto salt = decode_base64(Base64::standard, parts[1]);
  auto key = decode_base64(Base64::standard, parts[2]);
  if (!salt || !key) return no_hash("salt or hash is not Base64");
  if (salt->size() < least_salt || key->size() < least_key || salt->size() > most_salt_or_key ||
      key->size() > most_salt_or_key) {
    return no_hash("length of salt or hash out of bounds");
  }
  return Parameters{*memory, *passes, *lanes, std::move(*salt), std::move(*key)};
}

Result<std::string> Argon2Passwords::derive(std::string_view password,
                                            const Parameters& parameters) {
  const Turn turn(*this);
  std::string secret(password);
  std::string salt = parameters.salt;
  std::string key(parameters.key.size(), '\0');
  argon2_context context{};
  context.out = bytes_of(key);
  context.outlen = static_cast<std::uint32_t>(key.size());
  context.pwd = bytes_of(secret);
  context.pwdlen = static_cast<std::uint32_t>(secret.size());
  context.salt = bytes_of(salt);
  context.saltlen = static_cast<std::uint32_t>(salt.size());
  context.t_cost = parameters.passes;
  context.m_cost = parameters.memory_kib;
  context.lanes = parameters.lanes;
  context.threads = 1;  // the result depends on the lanes only
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = map_memory;
  context.free_cbk = unmap_memory;
  const int status = argon2id_ctx(&context);
  OPENSSL_cleanse(secret.data(), secret.size());
  if (status != ARGON2_OK) {
    return Error{status == ARGON2_MEMORY_ALLOCATION_ERROR ? Errc::unavailable : Errc::internal,
                 "the password cannot be hashed", argon2_error_message(status)};
  }
  return key;
}

Result<std::string> Argon2Passwords::hash(std::string_view password) {
  if (password.size() > longest_password) {
    return Error{Errc::invalid_argument,
                 "password must have at most " + std::to_string(longest_password) + " bytes", ""};
  }
  std::array<std::byte, 16> salt{};
  random_.fill(salt);
  Parameters parameters;
  parameters.salt.assign(reinterpret_cast<const char*>(salt.data()), salt.size());
  const std::string key = TRY(derive(password, parameters));
  return std::string(prefix) + "m=" + std::to_string(parameters.memory_kib) +
         ",t=" + std::to_string(parameters.passes) + ",p=" + std::to_string(parameters.lanes) +
         "$" + encode_base64(Base64::standard, parameters.salt) + "$" +
         encode_base64(Base64::standard, key);
}

Result<bool> Argon2Passwords::verify(std::string_view password, std::string_view stored) {
  const Parameters parameters = TRY(parse(stored));
  if (password.size() > longest_password) return false;
  const std::string key = TRY(derive(password, parameters));
  return CRYPTO_memcmp(key.data(), parameters.key.data(), key.size()) == 0;
}

}  // namespace gthulhu
