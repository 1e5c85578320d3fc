#include "driver.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <system_error>
#include <thread>

#include "builds.hpp"
#include "padded_box.hpp"

namespace gliofront {
namespace {

struct Freed {
    void operator()(unsigned char* memory) const {
        ::operator delete[](memory, std::align_val_t{64});
    }
};
using Memory = std::unique_ptr<unsigned char[], Freed>;

Memory aligned_zeros(size_t bytes) {
    Memory memory(static_cast<unsigned char*>(::operator new[](bytes, std::align_val_t{64})));
    std::memset(memory.get(), 0, bytes);
    return memory;
}

template <class Word>
std::vector<Word> levels_in(const PaddedBox& box, const Image& image) {
    if (image.bytes) return box.cut<Word>(static_cast<const uint8_t*>(image.levels), image.shape);
    return box.cut<Word>(static_cast<const uint16_t*>(image.levels), image.shape);
}

template <class Word>
class Job {
  public:
    Job(const Plan& plan, const Build& build, const Image& image, const int32_t* centres, int64_t n,
        float* features)
        : plan_(plan),
          build_(build),
          centres_(centres),
          n_(n),
          features_(features),
          box_(centres, n, plan.settings.radius),
          levels_(levels_in<Word>(box_, image)),
          values_(box_.cut<float>(image.values, image.shape)),
          offsets_(box_.offsets()),
          lanes_(build.lanes(plan)) {}

    int64_t blocks() const { return (n_ + lanes_ - 1) / lanes_; }

    Memory memory() const { return aligned_zeros(build_.memory(plan_)); }

    // Takes blocks until none is left. A row depends on its own cube alone, so it is the same
    // whichever thread computes it.
    void work(unsigned char* memory) {
        std::vector<int64_t> places(static_cast<size_t>(lanes_));
        std::vector<float> rows(static_cast<size_t>(lanes_) * kFeatures);
        for (int64_t b = next_++; b < blocks(); b = next_++) {
            const int64_t first = b * lanes_;
            const int64_t count = std::min<int64_t>(lanes_, n_ - first);
            for (int64_t l = 0; l < lanes_; ++l) {
                // The last block repeats its first centre in the lanes that are left.
                const int64_t i = first + (l < count ? l : 0);
                places[static_cast<size_t>(l)] = box_.place(centres_ + 3 * i);
            }
            build_.block(plan_, levels_.data(), values_.data(), places.data(), offsets_.data(),
                         rows.data(), memory);
            std::copy_n(rows.data(), count * kFeatures, features_ + first * kFeatures);
        }
    }

  private:
    const Plan& plan_;
    const Build& build_;
    const int32_t* centres_;
    int64_t n_;
    float* features_;
    PaddedBox box_;
    std::vector<Word> levels_;
    std::vector<float> values_;
    std::vector<int64_t> offsets_;
    int64_t lanes_;
    std::atomic<int64_t> next_{0};
};

template <class Word>
void run(const Plan& plan, const Build& build, const Image& image, const int32_t* centres,
         int64_t n, int threads, float* features) {
    Job<Word> job(plan, build, image, centres, n, features);
    const int64_t workers = std::clamp<int64_t>(threads, 1, job.blocks());
    // Memory is taken here, where a failure can still be told to the caller.
    std::vector<Memory> memory;
    for (int64_t w = 0; w < workers; ++w) memory.push_back(job.memory());
    std::vector<std::jthread> helpers;
    helpers.reserve(static_cast<size_t>(workers));
    for (size_t w = 1; w < memory.size(); ++w) {
        try {
            helpers.emplace_back([&job, &memory, w] { job.work(memory[w].get()); });
        } catch (const std::system_error&) {
            break;  // The system starts no more: those that run share the work.
        }
    }
    job.work(memory[0].get());
}

}  // namespace

std::vector<std::string> usable_builds() {
    std::vector<std::string> names;
    for (const Build* build : builds()) names.emplace_back(build->name);
    return names;
}

std::string chosen_build() { return chosen().name; }

void compute_features(const Image& image, const int32_t* centres, int64_t n,
                      const Settings& settings, int threads, float* features) {
    const Build& build = chosen();
    if (n == 0) return;
    const Plan plan(settings);
    if (plan.narrow) {
        run<uint8_t>(plan, build, image, centres, n, threads, features);
    } else {
        run<uint16_t>(plan, build, image, centres, n, threads, features);
    }
}

}  // namespace gliofront
