// Certificates for a test: an authority, and the ones that it signs.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace electra::server {

struct PemPair {
  std::string certificate;
  std::string key;
};

// Ends the test where OpenSSL fails.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name) : key_(MakeKey()) {
    certificate_ = Sign(name, key_.get(), "CA:TRUE", "");
  }

  std::string certificate() const { return Text(certificate_.get()); }

  // A certificate for the address 127.0.0.1 and for a client with this common name.
  PemPair Issue(const std::string& common_name) const {
    const Key key = MakeKey();
    const Certificate certificate = Sign(common_name, key.get(), "CA:FALSE", "IP:127.0.0.1");
    return {.certificate = Text(certificate.get()), .key = Text(key.get())};
  }

 private:
  struct Deleter {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(BIO* bio) const { BIO_free_all(bio); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Deleter>;
  using Certificate = std::unique_ptr<X509, Deleter>;
  using Bio = std::unique_ptr<BIO, Deleter>;

  static void Require(bool holds) {
    if (!holds) std::abort();
  }

  static Key MakeKey() {
    Key key(EVP_EC_gen("P-256"));
    Require(key != nullptr);
    return key;
  }

  static void AddExtension(X509* certificate, int kind, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, Deleter> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
    Require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
  }

  // Self-signed while there is no certificate yet.
  Certificate Sign(const std::string& name, EVP_PKEY* key, const std::string& constraints,
                   const std::string& alternative) const {
    static int64_t serial = 0;
    Certificate made(X509_new());
    Require(made != nullptr && X509_set_version(made.get(), 2) == 1);
    ASN1_INTEGER_set_int64(X509_get_serialNumber(made.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_NAME* subject = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(made.get(),
                         certificate_ ? X509_get_subject_name(certificate_.get()) : subject);
    X509_set_pubkey(made.get(), key);
    AddExtension(made.get(), NID_basic_constraints, constraints);
    if (!alternative.empty()) AddExtension(made.get(), NID_subject_alt_name, alternative);
    Require(X509_sign(made.get(), key_.get(), EVP_sha256()) > 0);
    return made;
  }

  static std::string Text(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return std::string(data, static_cast<size_t>(size));
  }
  static std::string Text(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    Require(PEM_write_bio_X509(bio.get(), certificate) == 1);
    return Text(bio.get());
  }
  static std::string Text(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    Require(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return Text(bio.get());
  }

  Key key_;
  Certificate certificate_;
};

}  // namespace electra::server
