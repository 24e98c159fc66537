// SHA-256, plain and keyed, as lower-case hexadecimal text.
//
// Why: business data names people and payments by digest where it need not know them: an identity number or a payment
// reference is never stored. Such a digest is keyed with a salt of the installation (`digest_salt`), because the
// numbers themselves are few enough to be tried one by one. Any thread. Link with crypto (OpenSSL).
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace jackfield {

inline std::string hexadecimal(const unsigned char* bytes, unsigned length) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(length * 2ul);
  for (unsigned i = 0; i < length; ++i) {
    text.push_back(digits[bytes[i] >> 4]);
    text.push_back(digits[bytes[i] & 15]);
  }
  return text;
}

inline std::string sha256(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 is not available in this OpenSSL");
  return hexadecimal(digest, length);
}

inline std::string keyed_sha256(std::string_view salt, std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (!HMAC(EVP_sha256(), salt.data(), static_cast<int>(salt.size()),
            reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest, &length))
    throw std::runtime_error("HMAC-SHA-256 is not available in this OpenSSL");
  return hexadecimal(digest, length);
}

// A new random salt, 64 hexadecimal characters. A plugin makes one once and keeps it with its data.
inline std::string digest_salt() {
  unsigned char bytes[32];
  if (RAND_bytes(bytes, sizeof bytes) != 1) throw std::runtime_error("the system gives no random bytes");
  return hexadecimal(bytes, sizeof bytes);
}

}  // namespace jackfield
