#include "server/rpc/tls.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace electra::server {
namespace {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

// An encrypted key is an error: nobody could type its password at a restart.
int NoPassword(char*, int, int, void*) { return -1; }

absl::StatusOr<Bio> OpenFile(const char* option, const std::string& path) {
  if (path.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, " is missing: TLS needs --tls-cert and --tls-key"));
  }
  Bio bio(BIO_new_file(path.c_str(), "r"));
  if (bio == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(option, " ", path, " cannot be read"));
  }
  return bio;
}

absl::StatusOr<Certificate> ReadCertificate(const char* option, const std::string& path) {
  ASSIGN_OR_RETURN(const Bio bio, OpenFile(option, path));
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr));
  if (certificate == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, " ", path, " holds no certificate in PEM form"));
  }
  return certificate;
}

absl::Status Check(const TlsOptions& options) {
  ASSIGN_OR_RETURN(const Certificate certificate,
                   ReadCertificate("--tls-cert", options.certificate));
  ASSIGN_OR_RETURN(const Bio bio, OpenFile("--tls-key", options.key));
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr));
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("--tls-key ", options.key, " holds no unencrypted private key in PEM form"));
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--tls-key ", options.key, " is not the key of --tls-cert ", options.certificate));
  }
  if (options.client_ca.empty()) return absl::OkStatus();
  return ReadCertificate("--tls-client-ca", options.client_ca).status();
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TlsOptions& options) {
  if (!options.enabled()) {
    if (options.client_ca.empty()) return grpc::InsecureServerCredentials();
    return absl::InvalidArgumentError("--tls-client-ca needs --tls-cert and --tls-key");
  }
  RETURN_IF_ERROR(Check(options));
  const auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      options.key, options.certificate, options.client_ca,
      static_cast<unsigned int>(absl::ToInt64Seconds(options.refresh)));
  grpc::experimental::TlsServerCredentialsOptions tls(provider);
  tls.watch_identity_key_cert_pairs();
  if (!options.client_ca.empty()) {
    // Requested, but not required: a client without one needs a token.
    tls.watch_root_certs();
    tls.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(tls);
}

}  // namespace electra::server
