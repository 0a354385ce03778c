// Times the matrix products of a training step as each library computes them, in turn in one run:
// ours, MKL through libtorch, oneDNN through libtorch, and BLIS and libxsmm where they are
// installed. A row has a linear map of an encoder layer (out x in), whether it is the forward product
// or one of the two of the backward pass, and the GFLOP/s of each library: the fastest of some rounds
// in which the libraries take turns. The last row weighs the products as a layer does.
//
//   products_bench [--tokens 480] [--threads 1] [--rounds 9] [--model small|base]
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>

#ifdef ELECTRA_BENCH_BLIS
#include <blis.h>
#endif
#ifdef ELECTRA_BENCH_LIBXSMM
#include <libxsmm.h>
#endif

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/model/cpu/instruction_set.h"
#include "core/model/cpu/matrix_product.h"

namespace electra {
namespace {

// result [rows, columns] = a x b; both may be transposed views.
struct Operands {
  at::Tensor a;
  at::Tensor b;
  at::Tensor result;
};

struct Library {
  std::string name;
  std::function<void(const Operands&)> multiply;
};

cpu::MatrixView ViewOf(const at::Tensor& matrix) {
  return {matrix.const_data_ptr<float>(), matrix.stride(0), matrix.stride(1)};
}

void MultiplyHere(const Operands& x) {
  const cpu::MatrixProduct product{.rows = x.result.size(0),
                                   .columns = x.result.size(1),
                                   .depth = x.a.size(1),
                                   .a = ViewOf(x.a),
                                   .b = ViewOf(x.b),
                                   .result = x.result.mutable_data_ptr<float>(),
                                   .result_stride = x.result.stride(0)};
  cpu::Team::Run(at::get_num_threads(),
                 [&](cpu::Team& team) { cpu::RunMatrixProducts(team, std::span(&product, 1)); });
}

void MultiplyByMkl(const Operands& x) {
  at::Tensor result = x.result;
  at::mm_out(result, x.a, x.b);
}

// Takes rows of both operands: what lies otherwise it copies.
void MultiplyByOneDnn(const Operands& x) {
  using Linear = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                            c10::string_view, c10::List<std::optional<at::Scalar>>,
                            std::optional<c10::string_view>);
  static const auto linear = c10::Dispatcher::singleton()
                                 .findSchemaOrThrow("mkldnn::_linear_pointwise", "")
                                 .typed<Linear>();
  const c10::List<std::optional<at::Scalar>> no_scalars;
  linear.call(x.a.contiguous(), x.b.t().contiguous(), std::nullopt, "none", no_scalars, "");
}

#ifdef ELECTRA_BENCH_BLIS
void MultiplyByBlis(const Operands& x) {
  float one = 1;
  float zero = 0;
  bli_thread_set_num_threads(at::get_num_threads());
  bli_sgemm(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, x.result.size(0), x.result.size(1), x.a.size(1),
            &one, static_cast<float*>(x.a.data_ptr()), x.a.stride(0), x.a.stride(1),
            static_cast<float*>(x.b.data_ptr()), x.b.stride(0), x.b.stride(1), &zero,
            x.result.mutable_data_ptr<float>(), x.result.stride(0), x.result.stride(1));
}
#endif

#ifdef ELECTRA_BENCH_LIBXSMM
// Column-major: the transposed result is the product of the transposed operands, the other way round.
void MultiplyByLibxsmm(const Operands& x) {
  const auto transposed = [](const at::Tensor& t) { return t.stride(1) == 1 ? "N" : "T"; };
  const auto leading = [](const at::Tensor& t) {
    return static_cast<libxsmm_blasint>(std::max(t.stride(0), t.stride(1)));
  };
  const auto m = static_cast<libxsmm_blasint>(x.result.size(1));
  const auto n = static_cast<libxsmm_blasint>(x.result.size(0));
  const auto k = static_cast<libxsmm_blasint>(x.a.size(1));
  const libxsmm_blasint lda = leading(x.b);
  const libxsmm_blasint ldb = leading(x.a);
  const float one = 1;
  const float zero = 0;
  libxsmm_sgemm_omp(transposed(x.b), transposed(x.a), &m, &n, &k, &one, x.b.const_data_ptr<float>(),
                    &lda, x.a.const_data_ptr<float>(), &ldb, &zero,
                    x.result.mutable_data_ptr<float>(), &m);
}
#endif

std::vector<Library> Libraries() {
  std::vector<Library> all = {
      {"ours", MultiplyHere}, {"MKL", MultiplyByMkl}, {"oneDNN", MultiplyByOneDnn}};
#ifdef ELECTRA_BENCH_BLIS
  all.push_back({"BLIS", MultiplyByBlis});
#endif
#ifdef ELECTRA_BENCH_LIBXSMM
  all.push_back({"libxsmm", MultiplyByLibxsmm});
#endif
  return all;
}

struct Product {
  std::string name;
  Operands operands;
  double flops() const {
    return 2 * static_cast<double>(operands.result.numel() * operands.a.size(1));
  }
};

// Those of a linear map and its backward pass.
std::vector<Product> ProductsOf(int64_t tokens, int64_t out, int64_t in) {
  const at::Tensor input = at::rand({tokens, in});
  const at::Tensor weight = at::rand({out, in});
  const at::Tensor gradient = at::rand({tokens, out});
  const std::string shape = std::to_string(out) + " x " + std::to_string(in);
  return {{shape + " forward", {input, weight.t(), at::empty({tokens, out})}},
          {shape + " input", {gradient, weight, at::empty({tokens, in})}},
          {shape + " weight", {gradient.t(), input, at::empty({out, in})}}};
}

// Of one thread its own time, which other work on the machine disturbs little; else the wall's.
double Now() {
  timespec now = {};
  clock_gettime(at::get_num_threads() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double SecondsOf(const Library& library, const Product& product) {
  constexpr double kLongEnough = 0.01;
  const double start = Now();
  for (int count = 1;; ++count) {
    library.multiply(product.operands);
    const double taken = Now() - start;
    if (taken > kLongEnough) return taken / count;
  }
}

void Run(int64_t tokens, int64_t hidden, int rounds) {
  const std::vector<Library> libraries = Libraries();
  std::printf("%-22s", cpu::InstructionSet().data());
  for (const Library& library : libraries) std::printf("%9s", library.name.c_str());
  std::printf("\n");
  std::vector<double> layer(libraries.size());  // seconds
  double flops = 0;
  const std::pair<int64_t, int64_t> maps[] = {
      {3 * hidden, hidden}, {hidden, hidden}, {4 * hidden, hidden}, {hidden, 4 * hidden}};
  for (const auto& [out, in] : maps) {
    for (const Product& product : ProductsOf(tokens, out, in)) {
      std::vector<double> fastest(libraries.size(), std::numeric_limits<double>::infinity());
      for (int round = 0; round < rounds; ++round) {
        for (size_t i = 0; i < libraries.size(); ++i) {
          fastest[i] = std::min(fastest[i], SecondsOf(libraries[i], product));
        }
      }
      std::printf("%-22s", product.name.c_str());
      for (size_t i = 0; i < libraries.size(); ++i) {
        layer[i] += fastest[i];
        std::printf("%9.1f", product.flops() / fastest[i] / 1e9);
      }
      std::printf("\n");
      flops += product.flops();
    }
  }
  std::printf("%-22s", "a layer");
  for (double seconds : layer) std::printf("%9.1f", flops / seconds / 1e9);
  std::printf("\n");
}

}  // namespace
}  // namespace electra

int main(int argc, char** argv) {
  int64_t tokens = 480;
  int threads = 1;
  int rounds = 9;
  int64_t hidden = 256;
  for (int i = 1; i < argc; i += 2) {
    const std::string key = argv[i];
    const std::string value = i + 1 < argc ? argv[i + 1] : "";
    if (key == "--tokens" && !value.empty()) {
      tokens = std::stoll(value);
    } else if (key == "--threads" && !value.empty()) {
      threads = std::stoi(value);
    } else if (key == "--rounds" && !value.empty()) {
      rounds = std::stoi(value);
    } else if (key == "--model" && (value == "small" || value == "base")) {
      hidden = value == "small" ? 256 : 768;
    } else {
      std::fprintf(stderr, "products_bench: unknown argument %s\n", key.c_str());
      return 2;
    }
  }
  at::set_num_threads(threads);
  const at::NoGradGuard no_grad;
  electra::Run(tokens, hidden, rounds);
  return 0;
}
